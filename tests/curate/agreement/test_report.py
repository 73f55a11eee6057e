"""Who is compared with whom: what counts as a decision, tables by pair, labels, and agreement over time."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import bootstrap

from curate.agreement import words
from curate.agreement.report import report
from curate.cli import group
from curate.journal import Journal
from schemas.decision import ADJUDICATED, Decision
from schemas.errors import UsageError
from schemas.example import Message

EDITED = (Message("user", "q"), Message("assistant", "a"))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.open(tmp_path / "decisions.db")


def test_pairs_and_their_tables(journal: Journal) -> None:
    for example, ada, bob in (("1", "keep", "keep"), ("2", "keep", "drop"), ("3", "drop", "drop")):
        journal.append(example, "ada", ada)
        journal.append(example, "bob", bob)
    journal.append("3", "cy", "edit", messages=EDITED)
    journal.append("4", "cy", "keep")
    found = report(journal.decisions())
    assert [(a.name, a.decided, a.shared) for a in found.annotators] == [
        ("ada", 3, 3),
        ("bob", 3, 3),
        ("cy", 2, 1),
    ]
    assert (found.examples, found.shared, found.conflicts) == (4, 3, ["2", "3"])
    first = found.verdicts.pairs[0]
    assert (first.left, first.right, first.kappa.n) == ("ada", "bob", 3)
    assert first.table == [[1, 0, 1], [0, 0, 0], [0, 0, 1]]
    assert [(p.left, p.right, p.kappa.n) for p in found.verdicts.pairs[1:]] == [
        ("ada", "cy", 1),
        ("bob", "cy", 1),
    ]
    assert found.verdicts.fleiss.n == 1
    assert found.verdicts.alpha.n == 3


def test_skips_undone_and_older_decisions_do_not_count(journal: Journal) -> None:
    journal.append("1", "ada", "drop")
    journal.append("1", "ada", "keep")
    journal.append("1", "bob", "keep")
    undone = journal.append("1", "bob", "drop")
    journal.append("1", "bob", "drop", undoes=undone.seq)
    journal.append("1", "bob", "skip")
    assert report(journal.decisions()).verdicts.pairs[0].table == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_an_adjudication_is_no_vote_and_does_not_hide_the_votes(journal: Journal) -> None:
    journal.append("1", "ada", "keep")
    journal.append("1", "bob", "drop")
    journal.append("1", "bob", "keep", labels=[ADJUDICATED])
    journal.append("1", "bob", "keep")
    found = report(journal.decisions())
    assert (found.conflicts, found.adjudicated) == ([], 1)
    assert found.verdicts.pairs[0].table == [[0, 0, 1], [0, 0, 0], [0, 0, 0]]
    assert found.labels == {}


def test_each_label_is_given_or_not(journal: Journal) -> None:
    for example, ada, bob in (("1", ["rude"], ["rude"]), ("2", [], ["rude", "long"]), ("3", [], [])):
        journal.append(example, "ada", "keep", labels=ada)
        journal.append(example, "bob", "keep", labels=bob)
    labels = report(journal.decisions()).labels
    assert list(labels) == ["long", "rude"]
    assert labels["rude"].pairs[0].table == [[1, 1], [0, 1]]
    assert labels["rude"].pairs[0].kappa.value == pytest.approx(0.4)


def test_one_annotator_against_the_others_by_hundreds() -> None:
    """Ada agrees with both in her first hundred, with neither in the rest; Cy saw only every tenth."""
    decisions: list[Decision] = []
    seq = 0
    for at in range(120):
        verdict = ("keep", "drop")[at % 2]
        theirs = verdict if at < 100 else ("drop", "keep")[at % 2]
        for name, said in (("ada", verdict), ("bob", theirs), ("cy", theirs)):
            if name != "cy" or at % 10 == 0:
                seq += 1
                day = f"2026-01-{1 + at // 10:02}T12:00:00.000+00:00"
                decisions.append(Decision(seq, str(at), name, said, decided_at=day))
    found = report(decisions, "ada")
    first, second = found.over_time["ada"]
    assert (first.when, first.shared, first.agreed, first.kappa) == ("1-100", 100, 1.0, 1.0)
    assert (second.when, second.shared, second.agreed, second.kappa) == ("101-200", 20, 0.0, -1.0)
    assert [(p.left, p.right) for p in found.verdicts.pairs] == [("ada", "bob"), ("ada", "cy")]
    weeks = [span.when for span in report(decisions, "ada", "week").over_time["ada"]]
    assert weeks == ["2026-W01", "2026-W02", "2026-W03"]
    assert report(decisions).over_time.keys() == {"ada", "bob", "cy"}


def test_drift_is_the_change_from_the_first_half_to_the_second() -> None:
    """Ada agrees with bob on the first 60 of 100, and on every other of the rest."""
    decisions: list[Decision] = []
    for at in range(100):
        right, wrong = ("keep", "drop") if at % 4 < 2 else ("drop", "keep")
        ada = right if at < 60 or at % 2 else wrong
        for name, said in (("bob", right), ("ada", ada)):
            decisions.append(
                Decision(len(decisions) + 1, str(at), name, said, decided_at="2026-01-01T00:00:00+00:00")
            )
    found = report(decisions).drift["ada"]
    assert (found.shared, found.first, found.second) == (100, 1.0, 0.6)
    assert found.change == pytest.approx(-0.4)
    interval = bootstrap(
        (np.repeat([1.0, 0.0], [30, 20]), np.ones(50)),
        lambda later, earlier, axis: later.mean(axis=axis) - earlier.mean(axis=axis),
        method="percentile",
        n_resamples=4000,
        rng=np.random.default_rng(3),
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx(tuple(interval), abs=0.03)
    assert found.sure
    assert words.drift(found).startswith("drift: from 100.0% to 60.0% of 100 shared")
    steady = report(d for d in decisions if int(d.example_id) < 60).drift["ada"]
    assert (steady.change, steady.sure) == (0.0, False)
    assert "could not be chance" in words.drift(steady)


def test_time_without_company_has_no_number(journal: Journal) -> None:
    journal.append("1", "ada", "keep")
    (span,) = report(journal.decisions(), "ada").over_time["ada"]
    assert (span.decided, span.shared, span.agreed, span.kappa) == (1, 0, None, None)


@pytest.mark.parametrize(("asked", "mend"), [("adda", "did you mean ada?"), ("zed", "those who have: ada")])
def test_a_stranger_is_named(journal: Journal, asked: str, mend: str) -> None:
    journal.append("1", "ada", "keep")
    with pytest.raises(UsageError) as caught:
        report(journal.decisions(), asked)
    assert caught.value.mend == mend


@pytest.fixture
def said(tmp_path: Path) -> Callable[..., str]:
    """What the command prints for a journal that `fill` wrote."""
    (tmp_path / "recipe.yaml").write_text(
        "name: x\nsystem_prompt: Be kind.\nsources:\n  - path: raw/*.jsonl\n", encoding="utf-8"
    )
    (tmp_path / ".siftune").mkdir()

    def run(fill: Callable[[Journal], None], *arguments: str) -> str:
        with Journal.open(tmp_path / ".siftune" / "decisions.db") as opened:
            fill(opened)
        result = CliRunner().invoke(
            group,
            ["agreement", "--recipe", str(tmp_path / "recipe.yaml"), *arguments],
            catch_exceptions=False,
        )
        assert result.exit_code == 0
        return result.output

    return run


def test_the_command_says_what_is_missing(said: Callable[..., str]) -> None:
    assert "nobody has decided anything" in said(lambda _: None)
    assert "ada alone has decided anything" in said(lambda j: j.append("1", "ada", "keep"))
    assert "no example was decided by two" in said(lambda j: j.append("2", "bob", "keep"))


def test_the_command_in_full(said: Callable[..., str]) -> None:
    def fill(journal: Journal) -> None:
        for at in range(40):
            journal.append(str(at), "ada", "keep" if at % 2 else "drop", labels=["rude"] if at % 4 else [])
            journal.append(str(at), "b\x1b[2J", "keep" if at % 3 else "drop")

    text = said(fill, "--labels", "--as", "ada")
    assert "40 of 40 examples were decided by two or more" in text
    assert "20 in conflict: `curate review --queue disagreement`" in text
    assert "Label rude" in text
    assert "one always said the same" in text
    assert "1-100" in text
    assert "\x1b" not in text
    found = json.loads(said(lambda _: None, "--json"))
    assert found["verdicts"]["pairs"][0]["kappa"]["n"] == 40
    assert found["verdicts"]["alpha"]["low"] < found["verdicts"]["alpha"]["value"]
    assert set(found["over_time"]) == {"ada", "b\x1b[2J"}
