"""A build: arithmetic, identity, sameness, decisions, stories. Real files, real stages, nothing faked."""

from pathlib import Path

import pytest
from desk import EMAIL, RECIPE, chat, files, rows, write_workspace

import curate
from curate.journal import Journal
from curate.version import SPLITS, DatasetVersion
from curate.workspace import Workspace
from schemas.errors import GateError, VersionError
from schemas.example import Message


def build(recipe: Path, **options: object) -> DatasetVersion:
    return curate.build(recipe, say=lambda _: None, **options)  # type: ignore[arg-type]


def test_the_arithmetic_closes_and_nothing_is_lost(workspace: Path) -> None:
    manifest = build(workspace).manifest
    assert manifest.closes
    assert (manifest.rows_in, manifest.rejected, manifest.kept) == (84, 1, 82)
    assert {s.name: s.dropped for s in manifest.stages if s.dropped} == {"dedup": {"exact_duplicate": 1}}


def test_every_example_has_the_one_system_prompt_and_a_split(workspace: Path) -> None:
    version = build(workspace)
    examples = version.examples()
    assert {e.messages[0] for e in examples} == {Message("system", "You answer briefly.")}
    assert {e.split for e in examples} == set(SPLITS)
    assert version.manifest.leaks.cross_split_pairs == version.manifest.leaks.cross_split_groups == 0


def test_rows_of_one_customer_stay_together(workspace: Path) -> None:
    sides: dict[str, set[str | None]] = {}
    for e in build(workspace).examples():
        if "customer" in e.metadata:
            sides.setdefault(e.metadata["customer"], set()).add(e.split)
    assert len(sides) == 40
    assert all(len(s) == 1 for s in sides.values())


def test_datasets_loads_the_folder_as_it_is(workspace: Path) -> None:
    from datasets import load_dataset

    version = build(workspace)
    loaded = load_dataset(str(version.path), cache_dir=str(workspace.parent / "hub"))
    assert {name: len(rows) for name, rows in loaded.items()} == version.splits
    assert version.to_datasets()["train"][0]["messages"][0]["role"] == "system"


def test_the_same_inputs_give_the_same_id_and_bytes_elsewhere(workspace: Path, tmp_path: Path) -> None:
    here = build(workspace)
    there = build(write_workspace(tmp_path / "elsewhere"), jobs=1)
    assert files(here) == files(there)


def test_building_again_finds_the_version_and_says_so(workspace: Path) -> None:
    first = build(workspace)
    before = (first.path / "manifest.json").stat().st_mtime_ns
    lines: list[str] = []
    second = curate.build(workspace, say=lines.append)
    assert second.version == first.version
    assert lines[-1] == f"version {first.version} holds these inputs already"
    assert (second.path / "manifest.json").stat().st_mtime_ns == before


def test_what_another_importer_read_is_read_again(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build(workspace)
    monkeypatch.setattr("curate.flow.reading.IMPORT_VERSION", "next")
    monkeypatch.setattr("curate.building.making.IMPORT_VERSION", "next")
    second = build(workspace)
    assert second.version != first.version
    assert second.manifest.inputs_sha256 != first.manifest.inputs_sha256


def test_training_settings_are_no_part_of_the_data(workspace: Path) -> None:
    first = build(workspace)
    workspace.write_text(RECIPE + "train: {model: base, learning_rate: 1e-3}\n")
    assert build(workspace).version == first.version
    workspace.write_text(RECIPE.replace("threshold: 0.8", "threshold: 0.9"))
    assert build(workspace).version != first.version


def test_a_damaged_version_is_built_again(workspace: Path) -> None:
    first = build(workspace)
    before = files(first)
    (first.path / "data/train.parquet").write_bytes(b"rot")
    with pytest.raises(VersionError, match="damaged"):
        first.examples("train")
    assert files(build(workspace)) == before


def test_rows_added_later_never_move_old_ones(workspace: Path) -> None:
    before = {e.example_id: e.split for e in build(workspace).examples()}
    with (workspace.parent / "raw/tickets.jsonl").open("a") as file:
        for n in range(40):
            file.write(
                chat(f"Is tent number {n} waterproof in a storm?", f"Model {n} holds {n * 100} mm.") + "\n"
            )
    after = {e.example_id: e.split for e in build(workspace).examples()}
    assert len(after) == len(before) + 40
    assert {i: after[i] for i in before} == before


def test_no_personal_value_stands_anywhere_in_a_version(workspace: Path) -> None:
    version = build(workspace)
    (invoice,) = [e for e in version.examples() if "invoice" in e.prompt]
    assert EMAIL not in invoice.answer
    everything = [str(version.examples()), str(version.events())]
    everything += [
        p.read_text() for p in version.path.iterdir() if p.suffix in (".html", ".md", ".json", ".yaml")
    ]
    assert not [text for text in everything if EMAIL in text]


def test_no_rows_left_is_a_gate_that_says_why(workspace: Path) -> None:
    workspace.write_text(RECIPE.replace("min_words: 1", "min_words: 500"))
    with pytest.raises(GateError, match="no rows left after quality") as error:
        build(workspace)
    assert "too_short" in error.value.mend
    assert not Workspace.open(workspace).versions()


def test_check_fails_on_an_empty_split(workspace: Path) -> None:
    (workspace.parent / "raw/tickets.jsonl").write_text(rows()[0] + "\n")
    with pytest.raises(GateError, match="split is empty"):
        build(workspace, check=True)


def test_decisions_shape_the_next_build_and_the_diff_names_who(workspace: Path) -> None:
    first = build(workspace)
    drop, edit, keep = first.examples("train")[:3]
    right = (edit.messages[1], Message("assistant", "It never arrives."))
    curate.decide(drop.example_id, "drop", annotator="ada", reason="wrong answer", recipe=workspace)
    curate.decide(edit.example_id, "edit", annotator="ada", messages=right, recipe=workspace)
    curate.decide(keep.example_id, "keep", annotator="ada", recipe=workspace)
    second = build(workspace)
    assert second.manifest.decisions_applied == 3
    changes = {c.example_id: c for c in first.diff(second).changes}
    assert set(changes) == {drop.example_id, edit.example_id}
    assert (changes[drop.example_id].kind, changes[drop.example_id].actor) == ("removed", "ada")
    assert (changes[edit.example_id].kind, changes[edit.example_id].actor) == ("edited", "ada")
    (edited,) = [e for e in second.examples() if e.example_id == edit.example_id]
    assert edited.messages[1:] == right
    assert (edited.origin, edited.split) == ("edited", "train")


def test_keep_beats_a_filter(workspace: Path) -> None:
    workspace.write_text(RECIPE.replace("max_tokens: 400", "max_tokens: 30"))
    first = build(workspace)
    dropped = [e.example_id for e in first.events() if e.action == "dropped" and e.stage == "quality"]
    assert dropped
    curate.decide(dropped[0], "keep", annotator="ada", recipe=workspace)
    second = build(workspace)
    assert dropped[0] in {e.example_id for e in second.examples()}
    story = second.why(dropped[0])
    assert [e.action for e in story.events if e.stage == "quality"] == ["kept_by_review"]


def test_an_undone_decision_leaves_the_first_version(workspace: Path) -> None:
    first = build(workspace)
    taken = curate.decide(first.examples("train")[0].example_id, "drop", annotator="ada", recipe=workspace)
    assert build(workspace).version != first.version
    with Journal.open(Workspace.open(workspace).journal) as journal:
        journal.append(taken.example_id, "ada", "skip", undoes=taken.seq)
    assert build(workspace).version == first.version
    assert Workspace.open(workspace).version().version == first.version


def test_the_story_names_every_place_and_the_row_kept_instead(workspace: Path) -> None:
    version = build(workspace)
    (pair,) = version.pairs()
    assert (pair.kind, pair.jaccard) == ("exact", 1.0)
    story = version.why(pair.dropped_id[:8])
    assert set(story.places) == {("raw/tickets.jsonl", 1), ("raw/tickets.jsonl", 83)}
    assert version.why("raw/tickets.jsonl:83").example_id == pair.dropped_id
    reject = version.why("raw/tickets.jsonl:6").reject
    assert reject is not None
    assert (reject.reason, reject.raw) == ("broken JSON", "{broken")
