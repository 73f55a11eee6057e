"""A sample made once, and a perfect version of it written by hand from its plan."""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from schemas.arrow import duplicates_table, examples_table, ledger_table
from schemas.example import Example, Message, hash_messages
from schemas.ledger import DuplicatePair, Event

sys.path.insert(0, str(Path(__file__).parents[2]))  # `samples` is run from the repository root, not installed

from samples.formats import Item
from samples.generate import SEED, compose, generate
from samples.plan import Broken, Plan
from samples.shop.conversation import Row

PROMPT = Message("system", "One prompt for all.")


@dataclass(frozen=True)
class Made:
    """A generated sample folder with its key, and the plan that it was made from."""

    folder: Path
    key: dict[str, Any]
    plan: Plan
    files: dict[str, list[Item]]


@dataclass
class Fake:
    """A version that a test may break before it writes it."""

    splits: dict[str, list[Example]]
    events: list[Event]
    pairs: list[DuplicatePair]
    rejects: list[dict[str, Any]]

    def write(self, folder: Path) -> Path:
        (folder / "data").mkdir(parents=True)
        for split, examples in self.splits.items():
            pq.write_table(examples_table(examples, tools=False), folder / "data" / f"{split}.parquet")
        pq.write_table(ledger_table(self.events), folder / "ledger.parquet")
        pq.write_table(duplicates_table(self.pairs), folder / "duplicates.parquet")
        lines = (json.dumps(reject) + "\n" for reject in self.rejects)
        (folder / "rejects.jsonl").write_text("".join(lines), encoding="utf-8")
        (folder / "manifest.json").write_text("{}", encoding="utf-8")
        return folder

    def change(self, place: tuple[str, int], **fields: Any) -> None:
        for examples in self.splits.values():
            for position, example in enumerate(examples):
                if (example.source, example.line) == place:
                    examples[position] = replace(example, **fields)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("sample")
    generate(folder)
    plan, files = compose(SEED)
    return Made(folder, json.loads((folder / "answer_key.json").read_text(encoding="utf-8")), plan, files)


@pytest.fixture
def perfect(made: Made) -> Fake:
    """All that the key asks for, by the plan: no stage of the product has a part in it."""
    places = {item: (file, n) for file, items in made.files.items() for n, item in enumerate(items, start=1)}
    plan = made.plan
    twin = _kept_instead(plan)
    gone = {*twin, *(fault.row for fault in (*plan.toxic, *plan.huge))}
    contradicting = {row for pair in plan.contradictions for row in pair}
    splits: dict[str, list[Example]] = {"train": [], "validation": [], "test": []}
    for row, (source, line) in places.items():
        if isinstance(row, Row) and row not in gone:
            flags = ("contradiction",) if row in contradicting else ()
            splits[_split(row)].append(_example(plan, row, source, line, flags))
    return Fake(splits, _edits(plan), _pairs(plan, places, twin), _rejects(places))


def _kept_instead(plan: Plan) -> dict[Row, Row]:
    """Every row to be dropped as a duplicate, with a row that stays and that it really duplicates."""
    partners: dict[Row, list[Row]] = {}
    for one, other in [*((copy.original, copy.copy) for copy in plan.copies), *plan.near]:
        partners.setdefault(other, []).append(one)
    twin: dict[Row, Row] = {}
    for row in plan.rows:
        staying = [partner for partner in partners.get(row, []) if partner not in twin]
        if staying:
            twin[row] = staying[0]
    return twin


def _split(row: Row) -> str:
    number = int(row.customer[2:]) % 10 if row.customer else len(row.text) % 10
    return "test" if number == 0 else "validation" if number == 1 else "train"


def example_id(row: Row) -> str:
    return hash_messages(
        part for t in row.turns for part in (Message("user", t.question), Message("assistant", t.answer))
    )


def _example(plan: Plan, row: Row, source: str, line: int, flags: tuple[str, ...]) -> Example:
    messages = [PROMPT]
    for turn in row.turns:
        messages += [Message("user", turn.question), Message("assistant", turn.answer)]
    for secret in plan.secrets:
        if secret.row is row:
            messages = [replace(m, content=m.content.replace(secret.value, "<GONE>")) for m in messages]
    return Example(example_id(row), tuple(messages), source, line, flags=flags)


def _edits(plan: Plan) -> list[Event]:
    planted = {example_id(secret.row) for secret in plan.secrets}
    return [Event(planted_id, "pii", "edited", "redacted") for planted_id in sorted(planted)]


def _pairs(plan: Plan, places: dict[Item, tuple[str, int]], twin: dict[Row, Row]) -> list[DuplicatePair]:
    exact = {copy.copy for copy in plan.copies}
    return [
        DuplicatePair("k", "d", 1.0, "exact" if row in exact else "near", *places[kept], *places[row])
        for row, kept in twin.items()
    ]


def _rejects(places: dict[Item, tuple[str, int]]) -> list[dict[str, Any]]:
    return [
        {"source": source, "line": line, "reason": item.kind, "raw": ""}
        for item, (source, line) in places.items()
        if isinstance(item, Broken)
    ]
