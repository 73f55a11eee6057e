"""`curate dedup`: each threshold says what a build at that threshold does."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from desk import RECIPE, chat, write_workspace

import curate
from curate.building.build import build
from curate.building.thresholds import compare

WORDS = [f"word{n}" for n in range(60)]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One answer in seven wordings, ever less alike, an exact copy, and a question with two answers."""
    path = write_workspace(tmp_path_factory.mktemp("thresholds") / "desk")
    answers = [" ".join([*WORDS[: 60 - n], *(f"new{n}x{k}" for k in range(n))]) for n in range(0, 21, 3)]
    lines = [chat("How does it work?", answer) for answer in [*answers, answers[0] + " \x1b[31mred"]]
    lines += [lines[0]]
    lines += [
        chat("May I bring it back within a year?", text) for text in ("Yes, you may.", "No, never at all.")
    ]
    (path.parent / "raw" / "notes.jsonl").write_text("\n".join(lines), encoding="utf-8")
    path.write_text(RECIPE.replace("raw/notes.json,", "raw/notes.jsonl,"), encoding="utf-8")
    return path


def test_a_build_at_each_threshold_does_what_was_said(recipe: Path) -> None:
    compared = compare(recipe, [0.9, 0.5, 0.7], False, lambda _: None)
    assert [at.threshold for at in compared.thresholds] == [0.5, 0.7, 0.9]
    assert [at.kept for at in compared.thresholds] == sorted({at.kept for at in compared.thresholds})
    text = recipe.read_text(encoding="utf-8")
    for at in compared.thresholds:
        other = recipe.with_name(f"at-{at.threshold}.yaml")
        other.write_text(text.replace("threshold: 0.8}", f"threshold: {at.threshold}}}"), encoding="utf-8")
        version = build(other, say=lambda _: None)
        (stage,) = (s for s in version.manifest.stages if s.name == "dedup")
        assert (stage.rows_in, stage.kept) == (at.rows, at.kept)
        assert stage.dropped == {"exact_duplicate": at.exact, "near_duplicate": at.near}
        assert at.contradictions == 2


def test_a_decision_counts_the_next_time(tmp_path: Path) -> None:
    recipe = write_workspace(tmp_path / "desk")
    (before,) = compare(recipe, [0.8], False, lambda _: None).thresholds
    some = build(recipe, say=lambda _: None).examples("train")[3]
    curate.decide(some.example_id, "drop", annotator="ada", recipe=recipe)
    (after,) = compare(recipe, [0.8], False, lambda _: None).thresholds
    assert (after.rows, after.kept) == (before.rows - 1, before.kept - 1)


def test_margins_show_pairs_that_only_the_lower_threshold_takes(recipe: Path) -> None:
    compared = compare(recipe, [0.5, 0.7, 0.9], True, lambda _: None)
    for margin, (low, high) in zip(compared.margins, pairwise(compared.thresholds), strict=True):
        assert (margin.low, margin.high) == (low.threshold, high.threshold)
        assert 0 < len(margin.examples) <= min(3, margin.pairs)
        assert all(margin.low <= e.jaccard < margin.high for e in margin.examples)
        assert all(e.kept != e.dropped for e in margin.examples)


def test_the_command_prints_what_it_found_and_nothing_that_drives_a_terminal(recipe: Path) -> None:
    command = [sys.executable, "-m", "curate", "dedup", "--thresholds", "0.5,0.7,1"]
    shown = subprocess.run(command, cwd=recipe.parent, capture_output=True, text=True, check=True)
    assert "duplicates at 0.7 and not at 1" in shown.stdout
    assert "\x1b" not in shown.stdout
    assert "raw/notes.jsonl:" in shown.stdout
    told = subprocess.run([*command, "--json"], cwd=recipe.parent, capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) == compare(recipe, [0.5, 0.7, 1.0], False, lambda _: None).to_dict()


@pytest.mark.parametrize("thresholds", ["", "0", "0.5,1.1", "often"])
def test_what_is_no_threshold_is_an_error(recipe: Path, thresholds: str) -> None:
    command = [sys.executable, "-m", "curate", "dedup", "--thresholds", thresholds]
    done = subprocess.run(command, cwd=recipe.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "0.7,0.8,0.9" in done.stderr
