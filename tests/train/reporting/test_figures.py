"""The figures behind a report are those of the run's own files, computed another way."""

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import train
from curate.workspace import Workspace
from schemas.errors import RunError
from train.aftermath import describe
from train.reporting.curves import curves
from train.reporting.figures import Figures, figures


@pytest.fixture(scope="module")
def found(run: train.Run, hostile: Workspace) -> Figures:
    return figures(run, hostile)[0]


@pytest.fixture(scope="module")
def kept(run: train.Run) -> list[dict[str, object]]:
    """Snapshot rows of the kept adapter, plain."""
    best = run.info.final.best_step
    rows = pq.read_table(run.path / "losses.parquet").to_pylist()
    return [r for r in rows if r["kind"] == "snapshot" and r["model"] == "adapter" and r["step"] == best]


def test_losses_of_splits_are_those_of_the_run(run: train.Run, found: Figures) -> None:
    by_split = {own.split: own for own in found.slices.splits}
    assert by_split["test"].loss == pytest.approx(run.info.final.test_loss)
    assert by_split["test"].base == pytest.approx(run.info.final.base_test_loss)
    assert by_split["validation"].loss == pytest.approx(run.info.final.validation_loss)
    for own in by_split.values():
        assert own.gain is not None
        assert own.base is not None
        assert own.gain.value == pytest.approx(own.base - own.loss)
    wide = by_split["train"].gain
    assert wide.interval is not None
    assert wide.interval.low < wide.value < wide.interval.high
    assert by_split["test"].gain.interval is None  # six examples


def test_worst_and_points_and_histograms(found: Figures, kept: list[dict[str, object]]) -> None:
    for split, rows in found.listed.worst.items():
        own = sorted((r for r in kept if r["split"] == split), key=lambda r: (-r["loss"], r["example_id"]))
        assert [r.example_id for r in rows] == [r["example_id"] for r in own[: len(rows)]]
    for points in found.points:
        own = {r["example_id"]: r["loss"] for r in kept if r["split"] == points.split}
        assert dict(zip(points.example_ids, points.loss, strict=True)) == own
        assert points.of == len(own)
    for bars in found.histograms:
        losses = [r["loss"] for r in kept if r["split"] == bars.split]
        assert sum(bars.adapter) == len(losses)
        lower = sum(loss < bars.edges[1] for loss in losses)
        assert bars.adapter[0] == lower


def test_gain_decides_improved_and_worsened(found: Figures) -> None:
    gains = [row.gain for row in found.listed.improved]
    assert all(gain is not None and gain > 0 for gain in gains)
    assert all(a >= b for a, b in pairwise(gains))
    assert all(row.gain is not None and row.gain < 0 for row in found.listed.worsened)


def test_bands_are_quantiles_at_each_snapshot(run: train.Run, found: Figures) -> None:
    losses = run.losses().query("kind == 'snapshot'")
    for band in found.tracks.bands:
        own = losses[losses["split"] == band.split]
        assert band.steps == sorted(own["step"].unique().tolist())
        last = own[own["step"] == band.steps[-1]]["loss"]
        assert band.median[-1] == pytest.approx(float(np.median(last)))
        assert band.low[-1] == pytest.approx(float(np.quantile(last, 0.1)))


def test_curves_keep_means_when_thinned() -> None:
    lines = [
        {"step": n, "loss": float(n % 7), "tokens": 10 * n, "tokens_per_s": 5.0, "grad_norm": 1.0}
        for n in range(1, 2001)
    ]
    thin = curves([*lines, {"step": 2000, "validation_loss": 0.5}])
    assert thin.per_point == 4
    assert len(thin.step) == 500 == len(thin.values["loss"]) == len(thin.smoothed)
    assert thin.step[-1] == 2000
    assert np.mean(thin.values["loss"]) == pytest.approx(np.mean([line["loss"] for line in lines]))
    assert thin.validation == [(2000, 0.5)]
    assert thin.seconds == pytest.approx(4000)
    assert "gpu_memory_gib" not in thin.values


def test_large_splits_are_sampled_and_it_is_said(
    workspace: Workspace, write_run: Callable[..., train.Run]
) -> None:
    from train.reporting.writing import write_report

    rows = [
        (f"{n:020x}", split, "snapshot", model, step, 1.0 + (n % 50) / 20 - step / 10)
        for split, count, start in (("train", 1800, 0), ("test", 40, 5000))
        for n in range(start, start + count)
        for model, step in (("base", 0), ("adapter", 4))
    ]
    run = write_run("r1", losses=rows)
    path, found = write_report(run, workspace)
    text = path.read_text(encoding="utf-8")
    assert "A sample: 1,500 of 1,800 train examples." in text
    assert len(text) < 200_000
    assert found.slices.splits[0].gain.value == pytest.approx(0.4)


def command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    code = "from train.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=cwd, text=True, capture_output=True, timeout=200
    )


def test_the_command(workspace: Workspace, write_run: Callable[..., train.Run]) -> None:
    losses = [("e1", "test", "snapshot", "base", 0, 4.0), ("e1", "test", "snapshot", "adapter", 6, 1.5)]
    run = write_run("r1", losses=losses)
    done = command("report", "--output", "page.html", cwd=workspace.root)
    assert (done.returncode, done.stdout) == (0, "page.html\n"), done.stderr
    assert (workspace.root / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    said = command("report", "r1", "--json", cwd=workspace.root)
    (own,) = json.loads(said.stdout)["slices"]["splits"]
    assert (own["base"], own["loss"], own["gain"]["value"]) == (4.0, 1.5, 2.5)
    assert not (run.path / "report.html").exists()


def test_a_run_without_an_end_has_none(workspace: Workspace, write_run: Callable[..., train.Run]) -> None:
    run = write_run("r1", state="interrupted")
    (run.path / "losses.parquet").unlink()
    with pytest.raises(RunError, match=r"losses\.parquet: missing; the run is interrupted"):
        figures(run, workspace)


def test_what_cannot_be_drawn_is_said_and_fails_no_run(
    workspace: Workspace, write_run: Callable[..., train.Run]
) -> None:
    losses = [("e1", "test", "snapshot", "adapter", 6, 1.5)]
    run = write_run("r1", losses=losses)
    (run.path / "report.html").mkdir()
    said: list[str] = []
    describe(run, workspace, said.append)
    (line,) = said
    assert "could not be written" in line
    assert "`train report r1` tries again" in line
