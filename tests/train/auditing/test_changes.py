"""What changed between two versions, and what is compared in spite of it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from two_versions import Shop

from schemas.errors import RunError
from schemas.example import Example, Message
from schemas.ledger import Event
from train.auditing.changes import changes, counts
from train.auditing.common import common

LayTwo = Callable[..., Shop]


@pytest.fixture
def five(topical: list[Example], lay_two: LayTwo) -> tuple[Shop, dict[str, str]]:
    """One example of each kind of change, by kind."""
    rows = {e.example_id: e for e in topical}
    ids = [e.example_id for e in topical if e.split == "train"]
    kinds = dict(zip(("added", "removed", "edited", "relabelled", "moved"), ids, strict=False))
    before = [e for e in topical if e.example_id != kinds["added"]]
    after = dict(rows)
    del after[kinds["removed"]]
    user, assistant = rows[kinds["edited"]].messages
    after[kinds["edited"]] = replace(
        rows[kinds["edited"]],
        messages=(replace(user, content="Another question"), replace(assistant, content="Yes")),
    )
    user, assistant = rows[kinds["relabelled"]].messages
    after[kinds["relabelled"]] = replace(
        rows[kinds["relabelled"]], messages=(user, replace(assistant, content="Another answer"))
    )
    after[kinds["moved"]] = replace(rows[kinds["moved"]], split="test")
    events = [
        Event(kinds["removed"], "dedup", "dropped", "near_duplicate"),
        Event(kinds["edited"], "pii", "edited", "redacted"),
        Event(kinds["relabelled"], "edits", "edited", "review", actor="ada"),
    ]
    return lay_two(before, list(after.values()), after_events=events), kinds


def test_each_change_has_its_kind_stage_reason_and_who(five: tuple[Shop, dict[str, str]]) -> None:
    shop, kinds = five
    table = changes(shop.a, shop.b).table.set_index("kind")
    assert dict(table["example_id"]) == kinds
    told = table[["split_before", "split_after", "stage", "reason", "actor"]]
    assert told.astype(object).where(told.notna(), None).T.to_dict("list") == {
        "added": [None, "train", "import", "new in the sources", None],
        "removed": ["train", None, "dedup", "dedup: near_duplicate", "siftune"],
        "edited": ["train", "train", "pii", "pii: redacted", "siftune"],
        "relabelled": ["train", "train", "edits", "edits: review", "ada"],
        "moved": ["train", "test", "split", "split: its group's place changed", None],
    }
    assert table["touches_train"].all()


def test_an_edit_that_is_taken_back_names_who_made_it(shop: Shop) -> None:
    back = changes(shop.b, shop.a).table
    told = back[back["kind"] == "relabelled"][["stage", "reason", "actor"]].drop_duplicates()
    assert told.to_numpy().tolist() == [["edits", "no longer edited (edits: review)", "ada"]]


def test_changes_are_counted(shop: Shop) -> None:
    found = counts(changes(shop.a, shop.b).table)[["kind", "rows", "actor", "source"]]
    assert found.astype(object).where(found.notna(), None).to_numpy().tolist() == [
        ["relabelled", 20, "ada", "raw/a.jsonl"],
        ["added", 6, None, "raw/new.jsonl"],
    ]


def test_another_system_prompt_is_no_change_of_data(topical: list[Example], lay_two: LayTwo) -> None:
    prompted = [replace(e, messages=(Message("system", "Be brief."), *e.messages)) for e in topical]
    shop = lay_two(topical, prompted)
    found = changes(shop.a, shop.b)
    assert found.table.empty
    assert found.prompt_only == len(topical)
    run_a, run_b = shop.run("a", shop.a, {}), shop.run("b", shop.b, {})
    assert len(common(run_a, run_b, shop.a, shop.b).rows) == len(topical)


def test_only_what_both_measured_alike_is_compared(five: tuple[Shop, dict[str, str]]) -> None:
    shop, kinds = five
    found = common(shop.run("a", shop.a, {}), shop.run("b", shop.b, {}), shop.a, shop.b)
    assert found.left_out == {
        "measured by one run alone": 2,
        "changed text": 2,
        "moved between splits": 1,
    }
    assert not set(found.rows["example_id"]) & set(kinds.values())
    assert list(dict.fromkeys(found.rows["split"])) == ["test", "train"]
    assert [e.example_id for e in found.examples] == list(found.rows["example_id"])


def test_runs_without_a_common_example(topical: list[Example], lay_two: LayTwo) -> None:
    shop = lay_two(topical[:10], topical[10:20])
    with pytest.raises(RunError, match="no example alike"):
        common(shop.run("a", shop.a, {}), shop.run("b", shop.b, {}), shop.a, shop.b)
