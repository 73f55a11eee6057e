import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.belongings import Belongings
from curate.flow.rows import InMemory, applied
from curate.leaks import certify
from curate.stages.dedup import Dedup
from curate.stages.split import Split
from schemas import recipe
from schemas.errors import RecipeError
from schemas.example import Example, Message, hash_messages
from schemas.manifest import Leaks

MakeRow = Callable[..., Example]
NAMES = ("Ann", "Bo", "Cem", "Di", "Eve", "Flo", "Gus", "Hal", "Ivy", "Jo")
THIRDS = recipe.Split(train=0.4, validation=0.3, test=0.3)


@pytest.fixture
def many(row: MakeRow) -> list[Example]:
    chance = random.Random(3)
    vocabulary = [f"w{n}" for n in range(3000)]
    return [
        row(" ".join(chance.choices(vocabulary, k=9)), " ".join(chance.choices(vocabulary, k=30)))
        for _ in range(600)
    ]


def split(rows: Sequence[Example], settings: recipe.Split = THIRDS, seed: int = 17) -> list[Example]:
    return applied(Split(settings, seed), rows).rows


def certified(rows: Sequence[Example], dedup: recipe.Dedup | None) -> Leaks:
    return certify(InMemory(rows), np.array([row.split or "" for row in rows], np.bytes_), dedup)


def places(rows: Sequence[Example]) -> dict[str, tuple[str | None, str | None]]:
    return {r.example_id: (r.split, r.group_id) for r in rows}


def test_fractions_seed_and_order(many: list[Example]) -> None:
    rows = split(many, recipe.Split(), seed=1)
    counts = Counter(r.split for r in rows)
    assert [r.example_id for r in rows] == [r.example_id for r in many]
    assert abs(counts["train"] / 600 - 0.8) < 0.05
    assert abs(counts["test"] / 600 - 0.1) < 0.05
    assert places(rows) == places(split(many[::-1], recipe.Split(), seed=1))
    assert places(rows) != places(split(many, recipe.Split(), seed=2))


def test_a_fraction_of_nothing_gets_nothing(many: list[Example]) -> None:
    counts = Counter(r.split for r in split(many, recipe.Split(train=0.7, validation=0.3, test=0)))
    assert set(counts) == {"train", "validation"}


def test_rows_added_later_move_no_old_row(many: list[Example], row: MakeRow) -> None:
    old = applied(Split(THIRDS, 17), applied(Dedup(recipe.Dedup()), many).rows).rows
    longer = [row(r.prompt, r.answer + " surely", priority=5) for r in many[:50]]
    asked_again = [row(r.prompt, f"something else {n}") for n, r in enumerate(many[50:100])]
    deduped = applied(Dedup(recipe.Dedup()), [*many, *longer, *asked_again])
    new = applied(Split(THIRDS, 17), deduped.rows).rows
    assert len(deduped.pairs) == 50, "the longer rows of higher priority take the place of the old ones"
    before, after = places(old), places(new)
    assert all(after[i] == before[i] for i in before if i in after)
    assert len(before.keys() & after.keys()) == 550
    by_id = {r.example_id: r for r in many}
    successor = {d.dropped_id: d.kept_id for d in deduped.pairs}
    assert all(after[new_id] == before[old_id] for old_id, new_id in successor.items() if old_id in by_id)


@pytest.mark.parametrize(
    ("fields", "settings"),
    [
        ({"group_key": "k"}, THIRDS),
        ({"group_id": "g"}, THIRDS),
        ({"parent_id": "p"}, THIRDS),
        (
            {"metadata": {"customer": 7}},
            recipe.Split(train=0.4, validation=0.3, test=0.3, group_by=("customer",)),
        ),
    ],
)
def test_what_ties_rows_together(many: list[Example], fields: dict[str, Any], settings: recipe.Split) -> None:
    tied = [replace(r, **fields) if n % 20 == 0 else r for n, r in enumerate(many)]
    rows = split(tied, settings)
    family = [r for n, r in enumerate(rows) if n % 20 == 0]
    assert len({(r.split, r.group_id) for r in family}) == 1
    assert len({r.group_id for r in rows}) == 600 - 30 + 1


@pytest.mark.parametrize("seed", range(8))
def test_new_rows_reach_all_that_they_are_tied_to(
    seed: int, row: MakeRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what they share and the old rows' groups of before: what a build asks about when rows came."""
    monkeypatch.setattr("curate.similarity.pairs.FEW", 0)
    draw = random.Random(seed)
    answers = [" ".join(draw.choices([f"w{n}" for n in range(900)], k=30)) for _ in range(40)]
    rows: list[Example] = []
    for n in range(120):
        about = row(f"ask {draw.randrange(300)}", f"{draw.choice(answers)} {draw.choice('ab')} {n}")
        if n and draw.random() < 0.2:
            about = replace(about, parent_id=draw.choice(rows).example_id)
        group = draw.choice(rows).example_id if n and draw.random() < 0.1 else None
        user = str(draw.randrange(60)) if draw.random() < 0.2 else None
        rows.append(replace(about, group_id=group, group_key=user))
    new = np.array(sorted(draw.sample(range(120), 6)))
    old = np.setdiff1d(np.arange(120), new)
    stage = Split(THIRDS, 17)
    everyone = InMemory(rows)
    before, now = stage(InMemory([rows[at] for at in old])).ties, stage(everyone).ties
    assert before is not None
    assert now is not None
    direct = stage.tied(everyone, new)
    assert direct is not None
    groups = before.of[np.isin(old, direct)]
    reached = np.union1d(direct, old[np.isin(before.of, groups)])
    assert reached.tolist() == np.flatnonzero(np.isin(now.of, now.of[new])).tolist()
    assert 6 < len(reached) < 120


def test_a_parent_stays_with_its_children(many: list[Example]) -> None:
    children = [replace(r, parent_id=many[5].example_id) for r in many[10:40]]
    rows = places(split([*many[:10], *children]))
    assert len({rows[r.example_id] for r in (many[5], *children)}) == 1


def test_rows_that_redaction_made_alike_and_equal_prompts(many: list[Example], row: MakeRow) -> None:
    alike = [row(f"{name}, write to <EMAIL>", f"{many[0].answer} {many[1].answer}") for name in NAMES]
    asked = [row(many[1].prompt.upper() + "?", r.answer) for r in many[20:40]]
    rows = split([*many[:2], *alike, *asked])
    assert len({r.group_id for r in rows if "<EMAIL>" in r.prompt}) == 1
    assert len({r.group_id for r in rows[2 + len(NAMES) :]} | {rows[1].group_id}) == 1
    assert certified(rows, None).cross_split_pairs == 0


def test_a_share_caps_a_source_in_train(many: list[Example]) -> None:
    rows = [replace(r, source="raw/general/g.jsonl" if n % 2 else "raw/a.jsonl") for n, r in enumerate(many)]
    sources = [recipe.Source(path="raw/a.jsonl"), recipe.Source(path="raw/general", share=0.2)]
    rows = [replace(r, protected=True) if n == 7 else r for n, r in enumerate(rows)]
    outcome = applied(Split(recipe.Split(), 17, sources, origin=lambda name: "general" in name), rows)
    train = [r for r in outcome.rows if r.split == "train"]
    general = [r for r in train if r.source != "raw/a.jsonl"]
    assert 0.19 < len(general) / len(train) <= 0.2
    assert {e.reason for e in outcome.events} == {"over_share"}
    assert len(rows) == len(outcome.rows) + len(outcome.events)
    assert rows[7].example_id in {r.example_id for r in outcome.rows}
    assert (
        Counter(r.split for r in outcome.rows)["test"]
        == Counter(r.split for r in split(rows, recipe.Split()))["test"]
    )


def test_reviewed_rows_stay_over_the_share(many: list[Example]) -> None:
    rows = [replace(r, protected=n < 400, source="a" if n < 400 else "b") for n, r in enumerate(many)]
    sources = [recipe.Source(path="a", share=0.1), recipe.Source(path="b")]
    outcome = applied(Split(recipe.Split(), 17, sources, origin="ab".index), rows)
    assert len(outcome.rows) == 600
    assert {e.action for e in outcome.events} == {"kept_by_review"}
    assert Counter("over_share" in r.flags for r in outcome.rows)[True] == len(outcome.events) > 200


def test_shares_alone_cannot_fill_the_split() -> None:
    with pytest.raises(RecipeError, match="at least one source"):
        Split(recipe.Split(), 17, [recipe.Source(path="a", share=0.5)])


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcdef"), st.sampled_from([None, "k", "l"])))
)
def test_no_leak_whatever_the_rows(drawn: list[tuple[str, str, str | None]]) -> None:
    rows = []
    for line, (prompt, answer, key) in enumerate(drawn, start=1):
        messages = (Message("user", prompt * 3), Message("assistant", f"{answer} " * 7))
        rows.append(Example(hash_messages(messages), messages, "raw/a.jsonl", line, group_key=key))
    leaks = certified(split(rows), None)
    assert (leaks.cross_split_pairs, leaks.cross_split_groups) == (0, 0)


def test_the_certificate_counts_what_leaks(row: MakeRow) -> None:
    text = " ".join(f"w{n}" for n in range(30))
    rows = [
        row("one question", text, split="train", group_id="g"),
        row("one question!", text, split="test", group_id="g"),
        row("another", "one question " + text, split="test", group_id="h"),
        row("Third", "x", split="train", group_id="i"),
        row("third", "y", split="validation", group_id="j"),
        row("third", "z", split="validation", group_id="j"),
    ]
    assert certified(rows, None).cross_split_pairs == 2 + 2
    assert certified(rows, None).cross_split_groups == 1
    assert certified(rows, recipe.Dedup(threshold=1.0)).cross_split_pairs == 1 + 2


def test_rows_share_keys_of_one_kind_alone() -> None:
    same = "0123456789abcdef0123"
    rows = [
        Example(same, (Message("user", "one"),), "a", 1, group_key="k"),
        Example("1" * 20, (Message("user", "two"),), "a", 2, parent_id=same, group_key=same),
        Example("2" * 20, (Message("user", "ONE!"),), "a", 3, group_key="k"),
    ]
    found = Belongings(recipe.Split(), 17)(rows)
    first, second, third = (
        set(some.tolist()) for some in np.split(found["shared"], np.cumsum(found["shared_sizes"])[:-1])
    )
    assert [len(keys) for keys in (first, second, third)] == [3, 4, 3]
    assert len(first & second) == 1  # the parent, and not the user's key that reads as its id
    assert len(first & third) == 2
    assert not second & third
