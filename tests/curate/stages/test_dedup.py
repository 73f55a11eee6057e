import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.duplicates.flags import MOST_FLAGGED
from curate.flow.rows import applied
from curate.similarity.pairs import LONG_RUN, PIVOTS
from curate.similarity.shingles import jaccard
from curate.similarity.words import spoken, words
from curate.stages.dedup import Dedup
from schemas import recipe
from schemas.example import Example, Message, hash_messages
from schemas.stage import Outcome

NEAR = recipe.Dedup()
LONG = " ".join(f"word{n}" for n in range(40))


def near(text: str, edits: int = 1) -> str:
    tokens = text.split()
    return " ".join([*tokens[:-edits], *(f"other{n}" for n in range(edits))])


def ids(rows: Sequence[Example]) -> list[str]:
    return [r.example_id for r in rows]


def reasons(outcome: Outcome) -> Counter[tuple[str, str]]:
    return Counter((e.action, e.reason) for e in outcome.events)


def test_exact_duplicates_go_without_a_recipe(row: Callable[..., Example]) -> None:
    first, copy, other = row("Hi", LONG), row("Hi", LONG), row("Hi", near(LONG))
    system = replace(
        copy, messages=(Message("system", "Be kind."), *copy.messages), example_id="f" * 20, line=4
    )
    outcome = applied(Dedup(None), [first, copy, other, system])
    assert ids(outcome.rows) == ids([first, other])
    event = outcome.events[0]
    assert (event.action, event.reason, event.matched_id, event.score) == (
        "dropped",
        "exact_duplicate",
        first.example_id,
        1.0,
    )
    assert event.detail["line"] == 2
    assert event.detail["kept_line"] == 1
    assert [(p.kind, p.jaccard, p.dropped_line) for p in outcome.pairs] == [
        ("exact", 1.0, 2),
        ("exact", 1.0, 4),
    ]
    assert outcome.rows[0].cluster_id == first.example_id
    assert outcome.rows[1].cluster_id is None


def test_an_exact_copy_imported_first_names_the_group(row: Callable[..., Example]) -> None:
    kept = row("Hi", LONG, priority=2)
    copy = replace(kept, example_id="f" * 20, priority=1, origin="edited")
    (survivor,) = applied(Dedup(None), [copy, kept]).rows
    assert (survivor.example_id, survivor.group_id) == (kept.example_id, copy.example_id)


def test_a_near_duplicate_names_the_row_kept_and_its_jaccard(row: Callable[..., Example]) -> None:
    kept, dropped = row("How does it work?", LONG + " and more"), row("how does it work", near(LONG))
    outcome = applied(Dedup(NEAR), [dropped, kept])
    assert ids(outcome.rows) == [kept.example_id]
    (pair,) = outcome.pairs
    tokens = [words(spoken(r)) for r in (kept, dropped)]
    expected = jaccard(*({tuple(t[i : i + 5]) for i in range(len(t) - 4)} for t in tokens))
    assert pair.jaccard == expected < 1.0
    assert (pair.kept_id, pair.dropped_id, pair.kind) == (kept.example_id, dropped.example_id, "near")
    assert outcome.rows[0].group_id == dropped.example_id, "the group is named by its first-imported row"
    assert outcome.events[0].detail["keep"] == ["reviewed", "priority", "longest"]


@pytest.mark.parametrize(
    ("keep", "better"),
    [
        (("reviewed", "priority", "longest"), {"protected": True}),
        (("priority", "longest"), {"priority": 2}),
        (("longest",), {}),
    ],
)
def test_the_policy_says_which_row_is_kept(
    row: Callable[..., Example], keep: tuple[str, ...], better: dict[str, Any]
) -> None:
    short, long = row("How?", near(LONG)), row("How?", LONG + " yes")
    wins = replace(short, **better) if better else long
    rows = [wins, long] if better else [short, long]
    settings = recipe.Dedup.model_validate({"keep": keep})
    assert ids(applied(Dedup(settings), rows).rows) == [wins.example_id]


def test_no_chains(row: Callable[..., Example]) -> None:
    """A ~ B ~ C, A and C unlike: the longest is B here, then A and C go; where B is shorter, A and C stay."""
    a = LONG
    b = " ".join([f"x{n}" for n in range(3)] + LONG.split()[3:])
    c = " ".join([f"x{n}" for n in range(3)] + LONG.split()[3:37] + [f"y{n}" for n in range(3)])
    best_middle = [row("Q", a), row("Q", b, priority=2), row("Q", c)]
    assert ids(applied(Dedup(NEAR), best_middle).rows) == [best_middle[1].example_id]
    worst_middle = [row("Q", a), row("Q", b, priority=0), row("Q", c)]
    outcome = applied(Dedup(NEAR), worst_middle)
    assert ids(outcome.rows) == ids([worst_middle[0], worst_middle[2]])
    assert {r.group_id for r in outcome.rows} == {worst_middle[0].example_id}, "one component, one group"
    assert outcome.pairs[0].jaccard >= 0.8


def apart(*rows: Example) -> dict[tuple[str, str], str]:
    one, other = sorted(ids(rows))
    return {(one, other): "ada"}


def test_rows_that_a_reviewer_told_apart_both_stay_and_the_ledger_says_who(
    row: Callable[..., Example],
) -> None:
    kept, other = row("How?", LONG, priority=2), row("How?", near(LONG))
    assert ids(applied(Dedup(NEAR), [kept, other]).rows) == [kept.example_id]
    outcome = applied(Dedup(NEAR, apart=apart(other, kept)), [kept, other])
    assert ids(outcome.rows) == ids([kept, other])
    assert outcome.pairs == []
    (event,) = outcome.events
    assert (event.example_id, event.matched_id) == (other.example_id, kept.example_id)
    assert (event.action, event.reason, event.actor) == ("kept_by_review", "not_a_duplicate", "ada")
    assert event.score is not None
    assert event.score >= 0.8
    assert {r.group_id for r in outcome.rows} == {kept.example_id}, "they are near, and must share a split"


def test_a_row_told_apart_from_one_may_be_a_duplicate_of_another(row: Callable[..., Example]) -> None:
    kept, other = row("How?", LONG, priority=3), row("How?", near(LONG), priority=2)
    third = row("How?", near(LONG, 2))
    outcome = applied(Dedup(NEAR, apart=apart(kept, third)), [kept, other, third])
    assert ids(outcome.rows) == ids([kept, third]), "the second is not kept, so the third has no other"
    told = apart(kept, other) | apart(kept, third)
    outcome = applied(Dedup(NEAR, apart=told), [kept, other, third])
    assert ids(outcome.rows) == ids([kept, other])
    assert [(p.kept_id, p.dropped_id) for p in outcome.pairs] == [(other.example_id, third.example_id)]


def test_equal_texts_stay_duplicates_whatever_was_said(row: Callable[..., Example]) -> None:
    one = row("How?", LONG)
    system = replace(one, messages=(Message("system", "Be kind."), *one.messages), example_id="f" * 20)
    assert len(applied(Dedup(NEAR, apart=apart(one, system)), [one, system]).rows) == 1


def test_ids_told_apart_that_are_not_there_change_nothing(row: Callable[..., Example]) -> None:
    rows = [row("How?", LONG), row("How?", near(LONG))]
    gone = {("0" * 20, rows[0].example_id): "ada"}
    assert applied(Dedup(NEAR, apart=gone), rows) == applied(Dedup(NEAR), rows)


def test_reviewed_rows_survive(row: Callable[..., Example]) -> None:
    kept, near_kept = row("How?", LONG, protected=True), row("How?", near(LONG), protected=True)
    twin = replace(kept, example_id="0" * 20, line=90)
    outcome = applied(Dedup(NEAR), [row("how", LONG + " yes"), kept, near_kept, twin])
    assert set(ids(outcome.rows)) == set(ids([kept, near_kept, twin]))
    assert reasons(outcome)[("kept_by_review", "near_duplicate")] == 1
    assert reasons(outcome)[("kept_by_review", "exact_duplicate")] == 1
    assert Counter(f for r in outcome.rows for f in r.flags) == {"near_duplicate": 1, "exact_duplicate": 1}
    assert len(outcome.pairs) == 1


def test_two_copies_of_a_reviewed_example_are_one(row: Callable[..., Example]) -> None:
    outcome = applied(Dedup(NEAR), [row("How?", LONG, protected=True), row("How?", LONG, protected=True)])
    assert len(outcome.rows) == 1
    assert outcome.rows[0].protected


def test_a_copy_of_a_near_duplicate_names_the_row_that_stays(row: Callable[..., Example]) -> None:
    best = row("How?", LONG + " yes")
    rows = [row("How?", near(LONG)), row("How?", near(LONG)), best]
    outcome = applied(Dedup(NEAR), rows)
    assert ids(outcome.rows) == [best.example_id]
    assert {p.kept_id for p in outcome.pairs} == {best.example_id}
    assert {p.kind for p in outcome.pairs} == {"near"}
    assert sorted(e.detail["line"] for e in outcome.events) == [2, 3]


def test_rows_among_too_many_alike_are_said_to_be_compared_in_part(
    row: Callable[..., Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One question with ever other numbers in the answers: all contradict each other, and all stay."""
    monkeypatch.setattr("curate.similarity.pairs.FEW", 0)
    rows = [row("What is my order worth?", f"{LONG} and that is {n}") for n in range(100, LONG_RUN + 140)]
    rows += [row("What is my order worth?", f"{LONG} and that is {n} yes") for n in (300, 301)]
    outcome = applied(Dedup(NEAR), rows)
    said = [e for e in outcome.events if e.reason == "compared_in_part"]
    assert len(said) == MOST_FLAGGED
    assert {e.detail["rows"] for e in said} == {LONG_RUN + 40 - PIVOTS - 1}
    assert len(outcome.rows) == LONG_RUN + 40, "the pair most alike is found however many others there are"
    assert sum("compared_in_part" in r.flags for r in outcome.rows) == MOST_FLAGGED


def test_few_rows_load_no_compiled_code() -> None:
    code = (
        "import sys\n"
        "from curate.flow.rows import applied\n"
        "from curate.stages.dedup import Dedup\n"
        "from schemas import recipe\n"
        "from schemas.example import Example, Message\n"
        "rows = [Example(str(n), (Message('user', f'{n} ' * 9),), 'a', n) for n in range(99)]\n"
        "applied(Dedup(recipe.Dedup()), rows)\n"
        "assert 'numba' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_compiled_and_plain_search_give_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)
    drawn = []
    for _ in range(700):
        if drawn and chance.random() < 0.6:
            prompt, answer = (list(part) for part in chance.choice(drawn)[:2])
            answer[chance.randrange(len(answer))] = chance.choice(["not", "7", "ten", "Ünïcode", "東京"])
        else:
            prompt, answer = (chance.choices(LONG.split(), k=chance.randint(1, 30)) for _ in range(2))
        drawn.append((prompt, answer, chance.randint(1, 2), chance.random() < 0.1))
    rows = made(drawn)
    plain = applied(Dedup(NEAR), rows)
    monkeypatch.setattr("curate.similarity.pairs.FEW", 0)
    monkeypatch.setattr("curate.similarity.features.FEW", 0)
    assert applied(Dedup(NEAR), rows) == applied(Dedup(NEAR, exact=True), rows) == plain
    assert len(plain.pairs) > 50
    assert reasons(plain)[("flagged", "contradiction")] > 10


PHRASES = st.lists(
    st.sampled_from(["alpha beta gamma delta", "not red", "4 5 6", "x", LONG[:60]]), min_size=1, max_size=5
)
ROWS = st.lists(st.tuples(PHRASES, PHRASES, st.integers(1, 2), st.booleans()), max_size=14)


def made(drawn: list[tuple[list[str], list[str], int, bool]]) -> list[Example]:
    rows = []
    for line, (prompt, answer, priority, protected) in enumerate(drawn, start=1):
        messages = (Message("user", " ".join(prompt)), Message("assistant", " ".join(answer)))
        rows.append(
            Example(
                hash_messages(messages), messages, "raw/a.jsonl", line, priority=priority, protected=protected
            )
        )
    return rows


@settings(derandomize=True, suppress_health_check=[HealthCheck.too_slow], max_examples=150)
@given(ROWS, st.randoms(use_true_random=False))
def test_what_always_holds(
    drawn: list[tuple[list[str], list[str], int, bool]], chance: random.Random
) -> None:
    rows = made(drawn)
    outcome = applied(Dedup(NEAR), rows)
    kept = {(r.source, r.line) for r in outcome.rows}
    drops = [e for e in outcome.events if e.action == "dropped"]
    assert len(rows) == len(outcome.rows) + len(drops)
    assert len(drops) == len(outcome.pairs)
    assert Counter(ids(rows)) == Counter(ids(outcome.rows)) + Counter(e.example_id for e in drops)
    assert len(set(ids(outcome.rows))) == len(outcome.rows)
    assert {(p.kept_source, p.kept_line) for p in outcome.pairs} <= kept
    assert all(p.jaccard >= NEAR.threshold for p in outcome.pairs)
    assert {r.example_id for r in rows if r.protected} <= set(ids(outcome.rows))

    shuffled = list(rows)
    chance.shuffle(shuffled)
    again = applied(Dedup(NEAR), shuffled)
    assert {(r.source, r.line) for r in again.rows} == kept
    assert {r.example_id: r.flags for r in again.rows} == {r.example_id: r.flags for r in outcome.rows}

    twice = applied(Dedup(NEAR), outcome.rows)
    assert ids(twice.rows) == ids(outcome.rows)
    assert not twice.pairs
