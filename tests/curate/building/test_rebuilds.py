"""Whatever changes between two builds, the second gives the bytes of a build from nothing."""

import random
from pathlib import Path

import pytest
from desk import EMAIL, PLACES, THINGS, built, built_from_nothing, chat

import curate
from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.example import Message


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small workspace is worked on in the ways of a large one."""
    monkeypatch.setattr("curate.flow.reading.PART_ROWS", 16)
    monkeypatch.setattr("curate.building.splits.ROW_GROUP", 12)
    monkeypatch.setattr("curate.building.splits._PART", 8)
    for module in ("pairs", "crowding"):
        monkeypatch.setattr(f"curate.similarity.{module}.FEW", 0)


@pytest.mark.parametrize("seed", range(3))
def test_any_changes_one_after_another(workspace: Path, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    built(workspace)
    for step in range(3):
        version = Workspace.open(workspace).version()
        for _ in range(draw.randrange(1, 3)):
            draw.choice([_decide, _drop_a_kept_one, _edit, _grow, _loosen])(workspace, version, draw)
        assert built(workspace) == built_from_nothing(workspace, tmp_path / f"fresh {step}")


def _decide(recipe: Path, version: DatasetVersion, draw: random.Random) -> None:
    example = draw.choice(version.examples())
    verdict = draw.choice(["drop", "keep"])
    curate.decide(example.example_id, verdict, annotator="ada", recipe=recipe)  # type: ignore[arg-type]


def _drop_a_kept_one(recipe: Path, version: DatasetVersion, draw: random.Random) -> None:
    """Its duplicates come back."""
    pairs = version.pairs()
    if pairs:
        curate.decide(draw.choice(pairs).kept_id, "drop", annotator="ada", recipe=recipe)


def _edit(recipe: Path, version: DatasetVersion, draw: random.Random) -> None:
    """The answer of another row, perhaps with personal data."""
    some, other = draw.sample(version.examples(), 2)
    answer = other.answer + draw.choice(["", f" Or write to {EMAIL}."])
    messages = [Message("user", some.prompt), Message("assistant", answer)]
    curate.decide(some.example_id, "edit", annotator="bob", messages=messages, recipe=recipe)


def _grow(recipe: Path, version: DatasetVersion, draw: random.Random) -> None:
    with (recipe.parent / "raw/tickets.jsonl").open("a") as file:
        for example in draw.sample(version.examples(), draw.randrange(1, 6)):
            words = example.prompt.split()
            words[draw.randrange(len(words))] = draw.choice([*THINGS, *PLACES])
            answer = draw.choice([example.answer, f"Ask {draw.choice(PLACES)} about it, or {EMAIL}."])
            file.write(chat(" ".join(words), answer, customer=f"c{draw.randrange(60)}") + "\n")


def _loosen(recipe: Path, _: DatasetVersion, draw: random.Random) -> None:
    text = recipe.read_text()
    old, new = draw.choice([("threshold: 0.8", "threshold: 0.7"), ("threshold: 0.7", "threshold: 0.8")])
    recipe.write_text(text.replace(old, new))
