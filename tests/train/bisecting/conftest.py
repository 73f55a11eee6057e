"""Two versions laid down by hand, in which eve changed what matters and bob what does not; a run of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.arrow import ledger_table
from schemas.example import Example
from schemas.ledger import Event
from train.progress import Silent
from train.session import carry_out, job_of
from train.store import Run

THINGS = ("lamp", "rope", "soup", "coat", "bolt", "vase", "kite", "drum", "sofa", "tent", "bell", "comb")
TOPICS = {
    "returns": ("May I return the {}", "You may send it back within thirty days"),
    "prices": ("What does the {} cost", "It costs seven coins with tax"),
}
SYSTEM = "Be kind."
TRAIN = {"epochs": 4, "learning_rate": 3e-2, "snapshots": [], "early_stopping": None, "max_length": 64}


@dataclass(frozen=True)
class Pair:
    """`guilty`: ids of the rows that eve changed."""

    workspace: Workspace
    a: Run
    b: Run
    guilty: frozenset[str]


@pytest.fixture(scope="session")
def shop_rows(make_example: Callable[..., Example]) -> list[Example]:
    """By topic 12 test and 12 train examples, each a group of its own."""
    made = []
    for topic, (question, answer) in TOPICS.items():
        for split, where in (("train", "here"), ("test", "abroad")):
            for line, thing in enumerate(THINGS):
                user = f"{question.format(thing)} {where}"
                turns = (("system", SYSTEM), ("user", user), ("assistant", answer))
                one = make_example(*turns, split=split, tags=(topic,), line=line)
                made.append(replace(one, group_id=one.example_id))
    return made


@pytest.fixture(scope="session")
def lay_versions(
    lay_down: Callable[..., DatasetVersion],
) -> Callable[..., DatasetVersion]:
    """Lays examples down under a name, with the events of their ledger."""

    def lay(
        workspace: Workspace, name: str, rows: list[Example], events: Sequence[Event] = ()
    ) -> DatasetVersion:
        folder: Path = lay_down(workspace, rows).path
        folder = folder.rename(folder.with_name(name))
        manifest = folder / "manifest.json"
        manifest.write_text(manifest.read_text().replace("tiny0001", name))
        pq.write_table(ledger_table(list(events)), folder / "ledger.parquet")
        return DatasetVersion.open(folder)

    return lay


@pytest.fixture(scope="session")
def pair(
    small_base: Path,
    shop_rows: list[Example],
    lay_versions: Callable[..., DatasetVersion],
    tmp_path_factory: pytest.TempPathFactory,
) -> Pair:
    folder = tmp_path_factory.mktemp("bisect")
    train = {"model": str(small_base), "method": "lora", "lora": {"r": 4, "alpha": 8, "dropout": 0.0}}
    recipe = {
        "name": "shop",
        "seed": 17,
        "system_prompt": SYSTEM,
        "sources": [{"path": "raw/*.jsonl"}],
        "train": train | TRAIN,
    }
    with (folder / "recipe.yaml").open("w") as file:
        YAML(typ="safe").dump(recipe, file)
    workspace = Workspace.open(folder / "recipe.yaml")
    eve = [e for e in shop_rows if e.split == "train" and "returns" in e.tags]
    bob = [e for e in shop_rows if e.split == "train" and "prices" in e.tags][:6]
    edited = {e.example_id: _answering(e, "no no never nothing at all") for e in eve}
    edited |= {e.example_id: _answering(e, f"{e.answer} !") for e in bob}
    events = [
        Event(e.example_id, "edits", "edited", "review", actor=who)
        for who, own in (("eve", eve), ("bob", bob))
        for e in own
    ]
    versions = (
        lay_versions(workspace, "aaaa", shop_rows),
        lay_versions(workspace, "bbbb", [edited.get(e.example_id, e) for e in shop_rows], events),
    )
    assert workspace.recipe.train is not None
    a, b = (carry_out(job_of(workspace, v, workspace.recipe.train, 17), Silent()) for v in versions)
    return Pair(workspace, a, b, frozenset(e.example_id for e in eve))


def _answering(example: Example, answer: str) -> Example:
    *before, last = example.messages
    return replace(example, messages=(*before, replace(last, content=answer)), origin="edited")
