"""1,000 parents, two children each, and every fifth request a fault."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from curate.flow.rows import with_made
from curate.llm import make_completer, settings_of
from curate.llm.traffic import Patience
from curate.similarity.index import near_pairs
from curate.similarity.words import spoken_all
from curate.stages.augment import Augment
from schemas.example import Example
from schemas.recipe import Augment as AugmentSettings
from schemas.recipe import Dedup
from schemas.stage import Outcome

FAULTS = ("500", "503", "html", "broken", "no_choices", "cut", "429")
# One request in five fails: that one fails as often as this is a matter of 2,000 × 0.2^12.
PATIENT = Patience(attempts=12, first_wait_s=0.01, longest_wait_s=0.05, timeout_s=60.0)
PARENTS, HELD_OUT = 1000, 100


@pytest.fixture
def rows(make_example: Callable[..., Example]) -> list[Example]:
    splits = ["train"] * 10 + ["test"]
    return [make_example(n, splits[n % 11]) for n in range(PARENTS + HELD_OUT)]


@pytest.mark.slow
def test_a_fifth_of_faults_costs_no_row_and_no_cent_too_much(
    endpoint: Any, rows: list[Example], tmp_path: Path
) -> None:
    endpoint.mood = lambda n, _body: FAULTS[n // 5 % len(FAULTS)] if n % 5 == 0 else "good"

    def run(max_usd: float) -> tuple[Outcome, Decimal, bool]:
        settings = AugmentSettings(
            **endpoint.section(), strategies={"paraphrase": 2}, max_usd=max_usd, concurrency=32
        )
        complete = make_completer(
            settings_of("augment", settings), tmp_path / "answers.db", lambda _: None, PATIENT
        )
        outcome = with_made(Augment(settings, complete, [], Dedup()), rows)
        spent, done = Decimal(str(complete.spent_usd)), complete.complete
        complete.close()
        return outcome, spent, done

    # A cap that does not suffice, then one that does: together every child, each paid once.
    cap = Decimal("3.00")
    _, spent, done = run(float(cap))
    assert not done
    assert endpoint.bill_usd <= spent <= cap
    assert spent > cap - Decimal("0.01"), "the cap is used, to the cent"
    first_bill = endpoint.bill_usd

    outcome, spent, done = run(50.0)
    assert done
    assert endpoint.bill_usd - first_bill <= spent <= 50
    assert len(endpoint.paid) == 2 * PARENTS
    assert set(endpoint.paid.values()) == {1}

    children = [row for row in outcome.rows if row.parent_id]
    assert len(children) + sum(e.action in ("flagged", "dropped") for e in outcome.events) == 2 * PARENTS
    assert len({child.example_id for child in children}) == len(children) > 1.9 * PARENTS
    assert outcome.rows[: len(rows)] == rows
    assert Counter(child.split for child in children) == {"train": len(children)}
    splits = [row.split for row in outcome.rows]
    for pair in near_pairs(spoken_all(outcome.rows), Dedup()):
        assert splits[pair.i] == splits[pair.j]

    asked = endpoint.requests
    again, spent, _ = run(50.0)
    assert (endpoint.requests, spent) == (asked, 0)
    assert repr(again) == repr(outcome)
