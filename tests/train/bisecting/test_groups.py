"""The change set as groups, and the versions between A and B that put some of them back."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.arrow import ledger_table
from schemas.example import Example, Message
from schemas.ledger import Event
from train.auditing.changes import changes
from train.bisecting.arms import Arms
from train.bisecting.groups import groups

NO_SUSPECTS = pd.DataFrame(columns=["example_id", "rank"])
Lay = Callable[..., DatasetVersion]
Make = Callable[..., Example]


@pytest.fixture
def lay(workspace: Workspace, lay_down: Lay) -> Lay:
    """Lays rows down as a version of that name, with the events of its ledger."""

    def version(name: str, rows: list[Example], events: Sequence[Event] = ()) -> DatasetVersion:
        folder: Path = lay_down(workspace, rows).path
        folder = folder.rename(folder.with_name(name))
        manifest = folder / "manifest.json"
        manifest.write_text(manifest.read_text().replace("tiny0001", name))
        pq.write_table(ledger_table(list(events)), folder / "ledger.parquet")
        return DatasetVersion.open(folder)

    return version


@pytest.fixture
def row(make_example: Make, workspace: Workspace) -> Callable[..., Example]:
    """An example of a source, with the workspace's system prompt first."""

    def make(question: str, answer: str = "Yes.", **fields: object) -> Example:
        system = ("system", workspace.recipe.system_prompt)
        return make_example(system, ("user", question), ("assistant", answer), **fields)

    return make


def edited(example: Example, answer: str) -> Example:
    return replace(example, messages=(*example.messages[:-1], Message("assistant", answer)), origin="edited")


def named(version_a: DatasetVersion, version_b: DatasetVersion, **asked: object) -> dict[str, set[str]]:
    return {g.name: set(g.rows) for g in groups(changes(version_a, version_b), NO_SUSPECTS, **asked)}


def test_each_row_is_named_by_its_nearest_cause(lay: Lay, row: Callable[..., Example]) -> None:
    one, two, three, four, five = (row(f"Is it {n}?", source="raw/a.jsonl", line=n) for n in range(5))
    six = row("Is it new?", source="raw/b.jsonl")
    before = [one, two, three, four, five]
    events = [
        Event(one.example_id, "edits", "edited", "review", actor="eve"),
        Event(two.example_id, "pii", "edited", "redacted"),
        Event(three.example_id, "quality", "dropped", "too short"),
        Event(four.example_id, "edits", "dropped", "review", actor="eve"),
    ]
    a = lay("aaaa", before)
    b = lay("bbbb", [edited(one, "No."), edited(two, "I."), five, six], events)
    found = named(a, b)
    assert found == {
        "reviewer eve": {one.example_id, four.example_id},
        "stage pii": {two.example_id},
        "stage quality": {three.example_id},
        "source raw/b.jsonl": {six.example_id},
    }
    by_source = named(a, b, by=("source",))
    assert set(by_source) == {"source raw/a.jsonl", "source raw/b.jsonl"}
    assert named(a, b, by=("reviewer",))["the rest"] == {two.example_id, three.example_id, six.example_id}


def test_a_new_template_is_one_change_of_each_row(lay: Lay, row: Callable[..., Example]) -> None:
    """Other text in the source is another id: the row that went and the one that came go back together."""
    old = [row(f"Question {n}?", f"Answer {n}.", source="raw/a.jsonl", line=n) for n in range(100)]
    new = [row(f"### Q: Question {n}?", f"Answer {n}.", source="raw/a.jsonl", line=n) for n in range(100)]
    a, b = lay("aaaa", old), lay("bbbb", new)
    found = groups(changes(a, b), NO_SUSPECTS, most=40)
    assert sum(len(g.rows) for g in found) == 200
    at = {name: g.name for g in found for name in g.rows}
    for before, after in zip(old, new, strict=True):
        assert at[before.example_id] == at[after.example_id]
    assert all(g.kinds["removed"] == g.kinds["added"] for g in found)


def test_large_groups_are_divided_by_topic(lay: Lay, row: Callable[..., Example]) -> None:
    lamps = [row(f"lamp light bulb number {n}", source="raw/a.jsonl", line=n) for n in range(30)]
    soups = [row(f"soup spoon bowl number {n}", source="raw/a.jsonl", line=n + 30) for n in range(30)]
    a, b = lay("aaaa", [row("stays")]), lay("bbbb", [row("stays"), *lamps, *soups])
    whole = named(a, b)
    assert set(whole) == {"source raw/a.jsonl"}
    divided = [set(g.rows) for g in groups(changes(a, b), NO_SUSPECTS, most=30)]
    assert sorted(map(sorted, divided)) == sorted(sorted(e.example_id for e in own) for own in (lamps, soups))


def test_what_one_person_did_is_one_group_however_large(lay: Lay, row: Callable[..., Example]) -> None:
    """Of a dropped slice, all: that its texts fall into topics says nothing of who dropped them."""
    rows = [row(f"{what} number {n}") for what in ("lamp light bulb", "soup spoon bowl") for n in range(30)]
    events = [Event(e.example_id, "edits", "dropped", "review", actor="rex") for e in rows]
    a, b = lay("aaaa", [row("stays"), *rows]), lay("bbbb", [row("stays")], events)
    found = groups(changes(a, b), NO_SUSPECTS, most=30)
    assert {g.name: len(g.rows) for g in found} == {"reviewer rex": 60}
    by_topic = groups(changes(a, b), NO_SUSPECTS, by=("cluster",), most=30)
    assert sorted(len(g.rows) for g in by_topic) == [30, 30]


def test_the_most_suspect_group_comes_first(lay: Lay, row: Callable[..., Example]) -> None:
    one, two = row("One?"), row("Two?")
    events = [
        Event(e.example_id, "edits", "edited", "review", actor=who) for e, who in ((one, "ada"), (two, "bob"))
    ]
    a, b = lay("aaaa", [one, two]), lay("bbbb", [edited(one, "No."), edited(two, "No.")], events)
    suspects = pd.DataFrame({"example_id": [one.example_id, two.example_id], "rank": [0.1, 0.9]})
    assert [g.name for g in groups(changes(a, b), suspects)] == ["reviewer bob", "reviewer ada"]


def test_an_arm_holds_the_rows_of_a_that_are_put_back(
    lay: Lay, row: Callable[..., Example], tmp_path: Path
) -> None:
    rows = [row(f"Row {n}?", line=n, split="test" if n > 6 else "train") for n in range(10)]
    new = row("New?", line=99)
    moved = replace(rows[6], split="test")
    a = lay("aaaa", rows)
    b = lay("bbbb", [rows[0], edited(rows[1], "No."), *rows[3:6], moved, *rows[7:9], new])
    arms = Arms(a, b, changes(a, b), tmp_path)
    assert arms.version([]) is b
    shuffled = lay("cccc", [*reversed(rows)])
    assert Arms(shuffled, b, changes(a, b), tmp_path).version(changes(a, b).table["example_id"]) is shuffled
    assert arms.version(list(changes(a, b).table["example_id"])) is a
    back = {rows[1].example_id, rows[2].example_id, rows[6].example_id}
    arm = arms.version(back)
    kept = arm.examples("train")
    assert [e.example_id for e in kept] == [*(e.example_id for e in rows[:7]), new.example_id]
    assert kept[1].messages == rows[1].messages
    assert [e.example_id for e in arm.examples("test")] == [e.example_id for e in rows[7:9]]
    arm.verify()
    assert arm.manifest.closes
    assert arm.path.parent == tmp_path
    assert Arms(a, b, changes(a, b), tmp_path).version(back).version == arm.version
    assert arms.version([new.example_id]).version != arm.version


def test_an_arm_has_the_system_prompt_of_b(lay: Lay, row: Callable[..., Example], tmp_path: Path) -> None:
    one, two = row("One?"), row("Two?")
    other = [replace(e, messages=(Message("system", "Another prompt."), *e.messages[1:])) for e in (one, two)]
    a, b = lay("aaaa", other), lay("bbbb", [edited(one, "No."), two])
    arm = Arms(a, b, changes(a, b), tmp_path).version([one.example_id])
    assert arm.version not in ("aaaa", "bbbb")
    assert [e.messages[0] for e in arm.examples()] == [one.messages[0]] * 2
    assert [e.answer for e in arm.examples()] == ["Yes.", "Yes."]
