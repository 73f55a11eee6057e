"""Two dataset versions laid down by hand, and runs over them with losses of choice."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from two_versions import Shop

from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.arrow import ledger_table
from schemas.example import Example
from schemas.ledger import Event
from train.store import Run

sys.path.insert(0, str(Path(__file__).parents[3]))  # `bench` is run from the repository root, not installed

TOPICS = {
    "returns": ("How many days may I return the {} after it came", "You may send it back within {} days"),
    "prices": ("What does the {} cost in your shop today", "It costs {} coins with tax"),
}
THINGS = (
    *("lamp", "rope", "soup", "coat", "bolt", "vase", "kite", "drum", "sofa", "tent"),
    *("bell", "comb", "desk", "fork", "harp", "iron", "jug", "knob", "lute", "mop"),
)


@pytest.fixture
def topical(make_example: Callable[..., Example]) -> list[Example]:
    """By topic 20 test and 20 train examples, each a group of its own."""
    made = []
    for number, (topic, (question, answer)) in enumerate(TOPICS.items()):
        for split in ("test", "train"):
            for at, thing in enumerate(THINGS):
                where = "at home" if split == "train" else "abroad"
                turns = (("user", f"{question.format(thing)} {where}"), ("assistant", answer.format(at + 7)))
                line = 100 * number + at
                one = make_example(*turns, split=split, tags=(topic,), line=line)
                made.append(replace(one, group_id=one.example_id))
    return made


@pytest.fixture
def lay_two(
    workspace: Workspace, lay_down: Callable[..., DatasetVersion], write_run: Callable[..., Run]
) -> Callable[..., Shop]:
    """Lays down two versions; `events` of each version's ledger."""

    def lay(
        before: list[Example],
        after: list[Example],
        before_events: Sequence[Event] = (),
        after_events: Sequence[Event] = (),
    ) -> Shop:
        sides = ("aaaa", before, before_events), ("bbbb", after, after_events)
        a, b = (_named(workspace, lay_down, *side) for side in sides)
        return Shop(workspace, a, b, before, after, write_run)

    return lay


def _named(
    workspace: Workspace,
    lay_down: Callable[..., DatasetVersion],
    name: str,
    examples: list[Example],
    events: Sequence[Event],
) -> DatasetVersion:
    folder: Path = lay_down(workspace, examples).path
    folder = folder.rename(folder.with_name(name))
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"version": name}))
    pq.write_table(ledger_table(list(events)), folder / "ledger.parquet")
    return DatasetVersion.open(folder)


@pytest.fixture
def shop(topical: list[Example], lay_two: Callable[..., Shop]) -> Shop:
    """From A to B ada gave the 20 training answers about returns other words; six about prices came from a
    new file."""
    new = [replace(e, source="raw/new.jsonl") for e in topical if "prices" in e.tags and e.split == "train"][
        :6
    ]
    ids = {e.example_id for e in new}
    before = [e for e in topical if e.example_id not in ids]
    edited = [_reworded(e) if e.split == "train" and "returns" in e.tags else e for e in before]
    events = [
        Event(e.example_id, "edits", "edited", "review", actor="ada") for e in edited if e.origin == "edited"
    ]
    return lay_two(before, [*edited, *new], after_events=events)


def _reworded(example: Example) -> Example:
    user, assistant = example.messages
    return replace(
        example, messages=(user, replace(assistant, content="No, we take nothing back")), origin="edited"
    )
