"""Whatever changes between two builds, the second gives the bytes of a build from nothing."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from desk import EMAIL, PLACES, THINGS, built, built_from_nothing, chat

import curate
from curate.journal.journal import Journal
from curate.stages.dedup import Dedup
from curate.stages.split import Split
from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.example import Message
from schemas.stage import Delta, Rows
from schemas.statement import Apart


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small workspace is worked on in the ways of a large one."""
    monkeypatch.setattr("curate.flow.reading.PART_ROWS", 16)
    monkeypatch.setattr("curate.flow.flat.LEAST_ROWS", 1)
    monkeypatch.setattr("curate.building.splits.ROW_GROUP", 12)
    monkeypatch.setattr("curate.building.splits._PART", 8)
    for module in ("pairs", "crowding"):
        monkeypatch.setattr(f"curate.similarity.{module}.FEW", 0)


@pytest.fixture
def workspace(workspace: Path) -> Path:
    """With near duplicates, rows that are such of each other only by a third, and contradictions."""
    lines = []
    for thing, place in zip(THINGS, PLACES, strict=False):
        question = f"May I bring the {thing} back to the shop in {place} after a month or more, please?"
        answer = f"Bring the {thing} to {place} within 30 days, with the receipt, and in the box it came in"
        lines += [
            chat(question, answer + end) for end in (".", ". Thanks", ". Thanks a lot", ". Many thanks")
        ]
        lines.append(chat(question, answer.replace("30", "45") + "."))
        lines.append(chat(f"{question} It is for {place}.", answer + ". Thanks a lot for asking us"))
    (workspace.parent / "raw/returns.jsonl").write_text("\n".join(lines) + "\n")
    recipe = workspace.read_text()
    workspace.write_text(recipe.replace("dedup:", "  - {path: raw/returns.jsonl, tags: [returns]}\ndedup:"))
    return workspace


@pytest.mark.parametrize("seed", range(3, 6))
def test_any_changes_one_after_another(workspace: Path, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    built(workspace)
    for step in range(3):
        version = Workspace.open(workspace).version()
        for _ in range(draw.randrange(1, 3)):
            draw.choice(CHANGES)(workspace, version, draw)
        assert built(workspace) == built_from_nothing(workspace, tmp_path / f"fresh {step}")


def test_stages_of_clusters_are_asked_about_what_changed(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []

    def counted(stage: type[Dedup | Split]) -> Callable[[Any, Rows], Delta]:
        plain = stage.__call__

        def counting(self: Any, rows: Rows) -> Delta:
            asked.append((self.name, len(rows)))
            return plain(self, rows)

        return counting

    for stage in (Dedup, Split):
        monkeypatch.setattr(stage, "__call__", counted(stage))
    built(workspace)
    draw = random.Random(4)
    for number, change in enumerate((_tell_apart, _decide, _drop_a_kept_one, _edit, _grow)):
        asked.clear()
        change(workspace, Workspace.open(workspace).version(), draw)
        again = built(workspace)
        assert [name for name, _ in asked] == ["dedup", "split"], change.__name__
        assert max(rows for _, rows in asked) < 60
        assert again == built_from_nothing(workspace, tmp_path / f"fresh {number}")


def test_rows_told_apart_are_not_looked_for_among_all(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reviewers say of two rows ties them to no others."""
    built(workspace)
    draw = random.Random(5)
    _tell_apart(workspace, Workspace.open(workspace).version(), draw)
    fresh = built_from_nothing(workspace, tmp_path / "told apart")
    with monkeypatch.context() as patch:
        patch.setattr(Dedup, "tied", None)
        assert built(workspace) == fresh
    with Journal.open(Workspace.open(workspace).journal) as journal:
        said = journal.decisions()[-1]
        journal.append(said.example_id, said.annotator, "skip", undoes=said.seq)
    assert built(workspace) == built_from_nothing(workspace, tmp_path / "undone") != fresh


def _decide(recipe: Path, version: DatasetVersion, draw: random.Random) -> None:
    example = draw.choice(version.examples())
    verdict = draw.choice(["drop", "keep"])
    curate.decide(example.example_id, verdict, annotator="ada", recipe=recipe)  # type: ignore[arg-type]


def _drop_a_kept_one(recipe: Path, version: DatasetVersion, draw: random.Random) -> None:
    """Its duplicates come back."""
    kept = [pair.kept_id for pair in version.pairs() if pair.kept_id != pair.dropped_id]
    if kept:
        curate.decide(draw.choice(kept), "drop", annotator="ada", recipe=recipe)


def _tell_apart(recipe: Path, version: DatasetVersion, draw: random.Random) -> None:
    """Two near duplicates are none."""
    near = [pair for pair in version.pairs() if pair.kind == "near"]
    if near:
        pair = draw.choice(near)
        says = [Apart(pair.kept_id).label]
        curate.decide(pair.dropped_id, "skip", annotator="ada", labels=says, recipe=recipe)


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


CHANGES = [_decide, _drop_a_kept_one, _edit, _grow, _loosen, _tell_apart]
