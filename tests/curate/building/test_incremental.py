"""A build pays for what changed, and gives the bytes that a build from nothing would give."""

import json
import shutil
from collections.abc import Callable, Sized
from pathlib import Path

import pyarrow as pa
import pytest
from desk import EMAIL, built, built_from_nothing, chat, write_workspace

import curate
from curate.flow.applying import applied
from curate.flow.arrays import unpacked
from curate.flow.cache import read_tables
from curate.flow.entry import Entry, enter
from curate.sparing import computed
from curate.workspace import Workspace
from schemas.example import Message
from schemas.stage import Feature, Stage

Count = Callable[[], int]


@pytest.fixture
def entered(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Rows that each row stage was run on, counted by its name."""
    rows: dict[str, int] = {}

    def counted(run: Callable[..., Entry]) -> Callable[..., Entry]:
        def counting(stage: Stage, batch: Sized, *rest: object, **more: object) -> Entry:
            rows[stage.name] = rows.get(stage.name, 0) + len(batch)
            return run(stage, batch, *rest, **more)

        return counting

    monkeypatch.setattr("curate.flow.engine.applied", counted(applied))
    monkeypatch.setattr("curate.flow.engine.enter", counted(enter))
    monkeypatch.setattr("curate.flow.reading.enter", counted(enter))
    monkeypatch.setattr("curate.flow.batch_read.applied", counted(applied))
    return rows


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Rows that stages took the measures of, counted by the measure."""
    rows: dict[str, int] = {}

    def counting(measure: Feature, batch: pa.Table) -> object:
        name = type(measure).__name__
        rows[name] = rows.get(name, 0) + batch.num_rows
        return computed(measure, batch)

    monkeypatch.setattr("curate.sparing.computed", counting)
    return rows


def change(recipe: Path, old: str, new: str) -> None:
    text = recipe.read_text()
    assert old in text
    recipe.write_text(text.replace(old, new))


def test_one_decision_runs_one_row(workspace: Path, tmp_path: Path, entered: dict[str, int]) -> None:
    built(workspace)
    some = Workspace.open(workspace).version().examples("train")[3]
    edited = [some.messages[1], Message("assistant", f"Ask {EMAIL} about it, please.")]
    curate.decide(some.example_id, "edit", annotator="ada", messages=edited, recipe=workspace)
    entered.clear()
    again = built(workspace)
    assert entered.pop("normalise", 0) < 10
    assert entered == {"pii": 1, "toxicity": 1, "quality": 1}
    assert again == built_from_nothing(workspace, tmp_path / "fresh")
    assert EMAIL.encode() not in b"".join(again.values())


def test_rows_with_decisions_are_asked_ahead_as_they_are_now(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Worker processes have them as they were read."""
    monkeypatch.setattr("curate.flow.work.POOL_ROWS", 1)
    change(workspace, OTHERS, "pii: {action: redact}\n")
    built(workspace)
    by_line = {
        row.line: row for row in Workspace.open(workspace).version().examples() if row.tags[0] == "tickets"
    }
    edited, kept, disputed = by_line[21], by_line[max(by_line)], by_line[31]
    messages = [Message("user", edited.prompt), Message("assistant", f"{edited.answer} Or ask {EMAIL}.")]
    curate.decide(edited.example_id, "edit", annotator="ada", messages=messages, recipe=workspace)
    curate.decide(kept.example_id, "keep", annotator="ada", recipe=workspace)
    curate.decide(disputed.example_id, "keep", annotator="ada", recipe=workspace)
    curate.decide(disputed.example_id, "drop", annotator="bob", recipe=workspace)
    change(workspace, "min_words: 1", "min_words: 9")  # which the row to keep has not
    alone = built_from_nothing(workspace, tmp_path / "alone", jobs=1)
    assert built_from_nothing(workspace, tmp_path / "ahead", jobs=2) == alone
    version = Workspace.open(tmp_path / "ahead" / workspace.name).version()
    assert version.manifest.decisions_applied == 2


def test_an_interrupted_build_goes_on_where_it_was(
    workspace: Path, tmp_path: Path, entered: dict[str, int]
) -> None:
    rule = "from pathlib import Path\n\n\ndef none(example):\n"
    rule += "    if Path(__file__).with_name('interrupt').exists():\n        raise KeyboardInterrupt\n"
    (workspace.parent / "mine.py").write_text(rule)
    change(workspace, "max_tokens: 400", "max_tokens: 400, checks: [mine.none]")
    (workspace.parent / "interrupt").touch()
    with pytest.raises(KeyboardInterrupt):
        built(workspace)
    assert set(entered) == {"normalise", "pii", "toxicity", "quality"}
    entered.clear()
    (workspace.parent / "interrupt").unlink()
    again = built(workspace)
    rows = Workspace.open(workspace).version().manifest.stages[-2].rows_in
    assert entered == {"quality": rows}
    assert again == built_from_nothing(workspace, tmp_path / "fresh")


def test_a_row_that_was_redacted_is_read_from_its_own_line(
    workspace: Path, tmp_path: Path, entered: dict[str, int]
) -> None:
    built(workspace)
    version = Workspace.open(workspace).version()
    (redacted,) = (e.example_id for e in version.events() if (e.stage, e.action) == ("pii", "edited"))
    curate.decide(redacted, "keep", annotator="ada", recipe=workspace)
    entered.clear()
    again = built(workspace)
    assert 1 <= entered.pop("normalise") < 10
    assert entered == {"pii": 1, "toxicity": 1, "quality": 1}
    assert again == built_from_nothing(workspace, tmp_path / "fresh")


def test_a_threshold_runs_only_what_depends_on_it(
    workspace: Path, tmp_path: Path, entered: dict[str, int]
) -> None:
    built(workspace)
    entered.clear()
    change(workspace, "max_tokens: 400", "max_tokens: 45")
    again = built(workspace)
    dropped = Workspace.open(workspace).version().manifest.stages[-2]
    assert entered == {"quality": sum(dropped.dropped.values())}
    assert 0 < entered["quality"] < dropped.rows_in
    entered.clear()
    change(workspace, "threshold: 0.8", "threshold: 0.3")
    built(workspace)
    assert "pii" not in entered
    change(workspace, "threshold: 0.3", "threshold: 0.8")
    assert again == built_from_nothing(workspace, tmp_path / "fresh") == built(workspace)


OTHERS = "pii: {action: redact}\ntoxicity: {backend: wordlist, action: flag}\n"


@pytest.mark.parametrize("others", [OTHERS, ""], ids=["last", "only"])
def test_other_settings_of_quality_ask_only_their_own_rule(
    workspace: Path, tmp_path: Path, entered: dict[str, int], measured: dict[str, int], others: str
) -> None:
    """Also where quality is the first stage of rows, which keeps all their contents."""
    change(workspace, OTHERS, others)
    built(workspace)
    rows = len(Workspace.open(workspace).version().examples())
    assert measured == {"Measured": rows}
    entered.clear()
    measured.clear()
    change(workspace, "max_tokens: 400", "max_tokens: 45, rules: {placeholder: off}")
    again = built(workspace)
    assert (measured, entered["quality"]) == ({}, 1)
    assert again == built_from_nothing(workspace, tmp_path / "fresh")
    measured.clear()
    change(workspace, "max_tokens: 45", "max_tokens: 45, languages: [en]")
    built(workspace)
    assert measured == {"Asked": rows}
    measured.clear()
    change(workspace, "min_words: 1", "min_words: 2")
    assert built(workspace) == built_from_nothing(workspace, tmp_path / "languages")
    assert measured == {"Measured": rows, "Asked": rows}  # of the build from nothing


def test_new_rows_alone_are_run(workspace: Path, tmp_path: Path, entered: dict[str, int]) -> None:
    built(workspace)
    entered.clear()
    more = [chat(f"What is the price of item {n}?", f"It costs {n} euros, postage included.") for n in (1, 2)]
    (workspace.parent / "raw/later.jsonl").write_text("\n".join(more) + "\n")
    change(workspace, "dedup:", "  - {path: raw/later.jsonl}\ndedup:")
    again = built(workspace)
    assert entered == {"normalise": 2, "pii": 2, "toxicity": 2, "quality": 2}
    assert again == built_from_nothing(workspace, tmp_path / "fresh")


def test_rows_at_the_end_of_a_file_leave_the_others_known(
    workspace: Path, tmp_path: Path, entered: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curate.flow.reading.PART_ROWS", 32)
    built(workspace)
    entered.clear()
    with (workspace.parent / "raw/tickets.jsonl").open("a") as file:
        file.write(chat("Is the desk open on Sundays as well?", "No, from Monday to Saturday.") + "\n")
    again = built(workspace)
    assert entered["pii"] < 32
    assert entered["normalise"] < 64
    assert again == built_from_nothing(workspace, tmp_path / "fresh")


@pytest.mark.parametrize("end", ["\n{broken\n", '\n{"cut', ""])
def test_a_file_that_grows_and_changes_is_read_as_it_is(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr("curate.flow.reading.PART_ROWS", 8)
    raw = workspace.parent / "raw/tickets.jsonl"
    raw.write_text(raw.read_text().rstrip("\n") + end)
    built(workspace)
    raw.write_text(raw.read_text() + '": 1}\n' + chat("Is the desk open?", "It is, all the week.") + "\n")
    assert built(workspace) == built_from_nothing(workspace, tmp_path / "grown")
    raw.write_text(raw.read_text().replace("the", "that", 1) + chat("And who is there?", "Ada is.") + "\n")
    assert built(workspace) == built_from_nothing(workspace, tmp_path / "changed")
    raw.write_text("".join(raw.read_text().splitlines(keepends=True)[:-3]))
    assert built(workspace) == built_from_nothing(workspace, tmp_path / "shorter")


def test_any_file_of_the_cache_may_be_lost(workspace: Path, tmp_path: Path) -> None:
    built(workspace)
    some = Workspace.open(workspace).version().examples("train")[3]
    curate.decide(some.example_id, "drop", annotator="ada", recipe=workspace)
    fresh = built_from_nothing(workspace, tmp_path / "fresh")
    cached = sorted((workspace.parent / ".siftune/cache/stages").glob("*/*"))
    for number in range(7):
        folder = tmp_path / f"without {number}"
        shutil.copytree(workspace.parent, folder)
        for file in cached[number::7]:
            (folder / file.relative_to(workspace.parent)).unlink()
        assert built(folder / workspace.name) == fresh


def test_a_damaged_cache_is_no_cache(workspace: Path) -> None:
    first = built(workspace)
    shutil.rmtree(workspace.parent / ".siftune/datasets")
    for file in (workspace.parent / ".siftune/cache/stages").glob("*/*"):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert built(workspace) == first


def test_no_removed_value_stands_in_the_cache(workspace: Path) -> None:
    built(workspace)
    kept = list((workspace.parent / ".siftune/cache/stages").glob("*/*"))
    assert kept
    for file in kept:
        assert EMAIL.encode() not in file.read_bytes()
        assert EMAIL not in _read(file)


def _read(file: Path) -> str:
    """Everything in a file of the cache: arrays, or compressed tables."""
    data = file.read_bytes()
    if data[8:10] in (b"[[", b"[]"):
        arrays = unpacked(file)
        assert arrays is not None
        return repr({name: array.tolist() for name, array in arrays.items()})
    return json.dumps([table.to_pylist() for table in read_tables(pa.py_buffer(data[8:]))], default=repr)


def test_nothing_of_a_build_is_left_lying_about(workspace: Path) -> None:
    built(workspace)
    assert {p.name for p in (workspace.parent / ".siftune").iterdir()} == {"cache", "current", "datasets"}


def test_a_workspace_elsewhere_has_the_same_bytes(tmp_path: Path) -> None:
    assert built(write_workspace(tmp_path / "a")) == built(write_workspace(tmp_path / "b"))
