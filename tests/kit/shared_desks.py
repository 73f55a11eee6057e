"""Desks on which every screen has something to list, each for many tests that decide on it."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from evaluations import two_runs

from curate.building.build import build
from schemas import arrow
from schemas.example import Example
from schemas.ledger import Event

_LONG, _LONGER = " ".join(f"word{n}" for n in range(40)), " ".join(f"term{n}" for n in range(60))
_RAW = [  # prompt, completion, priority of its source: three clusters of duplicates, three rows with a value
    ("How do I return it?", _LONG, 2),
    ("How do I return it?", f"{_LONG} (415) 555-0132", 1),
    ("How do I return it?", f"{_LONG} please now", 1),
    ("How do I send it?", _LONGER, 2),
    ("How do I send it?", f"{_LONGER} please", 1),
    ("Where is it?", "On its way to you since Monday morning.", 1),
    ("Where is it?", "On its way to you since Monday morning.", 1),
    ("Which number?", "Call (415) 555-0132 or write to ada@example.com today.", 1),
    ("And at night?", "Again (415) 555-0132, as by day.", 1),
    ("By letter?", "No: write to shop@example.com instead, whatever the hour.", 1),
]


def crowded(make: Callable[..., Any], examples: Sequence[Example], make_child: Callable[..., Example]) -> Any:
    """A desk of these with three runs, the last one failed, and two systems' answers to all questions. Rows
    2 and 3, 4 and 5, 6 and 7 contradict each other; of the parents in rows 0, 1 and 2 the first has two
    children."""
    parents = [row for row in examples if row.split == "train"][:3]
    children = [
        make_child(parents[at], f"Wherever is order {n}?", f"Order {n} left us, on Monday.", sample=n)
        for n, at in enumerate((0, 0, 1, 2))
    ]
    desk = make(examples=[*examples, *children])
    root = desk.recipe.parent / ".siftune"
    ids = [e.example_id for e in desk.examples]
    pairs = [(2, 3), (4, 5), (6, 7)]
    events = [Event(ids[a], "dedup", "flagged", "contradiction", 0.9, matched_id=ids[b]) for a, b in pairs]
    ledger = root / "datasets/v1/ledger.parquet"
    pq.write_table(pa.concat_tables([pq.read_table(ledger), arrow.ledger_table(events)]), ledger)
    shutil.copy(desk.recipe, root / "runs/r1/config.yaml")
    shutil.copytree(root / "runs/r1", root / "runs/r3")
    info = json.loads((root / "runs/r3/run.json").read_bytes())
    info |= {"run": "r3", "state": "failed", "started_at": "2026-01-03T00:00:00Z"}
    (root / "runs/r3/run.json").write_text(json.dumps(info), encoding="utf-8")
    return two_runs(replace(desk, examples=[e for e in desk.examples if e.origin != "augmented"]))


def with_raw_rows(folder: Path) -> Path:
    """A workspace whose version the builder made; returns its recipe."""
    for priority in (1, 2):
        rows = [{"prompt": p, "completion": c} for p, c, own in _RAW if own == priority]
        (folder / f"{priority}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "recipe.yaml").write_text(
        "name: raw\nsystem_prompt: Help.\ndedup: {}\npii: {entities: {EMAIL_ADDRESS: flag}}\n"
        "split: {train: 1, validation: 0, test: 0}\n"
        "sources:\n  - {path: 1.jsonl}\n  - {path: 2.jsonl, priority: 2}\n",
        encoding="utf-8",
    )
    build(folder / "recipe.yaml", say=lambda _: None)
    return folder / "recipe.yaml"


def as_new(recipe: Path) -> None:
    """Takes away what was decided and saved there."""
    folder = recipe.parent / ".siftune"
    for path in folder.glob("decisions.db*"):
        path.unlink()
    shutil.rmtree(folder / "views", ignore_errors=True)
