"""A disk that is full, wherever a run writes: a clear end, nothing half-written, and a resume as if nothing
had been. The disk is a small one of its own, in memory."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

import train
from curate.atomic import PREFIX
from curate.workspace import Workspace
from schemas.errors import RunError
from train.progress import Report, Silent, Tick

NewWorkspace = Callable[..., Workspace]
SETTINGS = {"epochs": 2, "batch": {"effective": 8, "per_device": 8}}
WEIGHTS = "adapter_model.safetensors"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True)
    if done.returncode:
        pytest.skip("a file system of a given size can be mounted by root only")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


class Filling(Silent):
    """Fills the disk up to `left` bytes when a step, a measurement or a sentence comes up."""

    def __init__(self, ballast: Path, left: int, *, step: int = 0, what: str = "") -> None:
        self._ballast, self._left, self._step, self._what = ballast, left, step, what
        self.said: list[str] = []

    def say(self, line: str) -> None:
        self.said.append(line)
        if self._what and line.startswith(self._what):
            self.fill()

    def step(self, report: Report) -> None:
        if report.step == self._step:
            self.fill()

    @contextmanager
    def measuring(self, what: str, total: int) -> Iterator[Tick]:  # noqa: ARG002
        if what == self._what:
            self.fill()
        yield lambda _: None

    def fill(self) -> None:
        disk = os.statvfs(self._ballast.parent)
        self._ballast.write_bytes(b"\0" * max(0, disk.f_bavail * disk.f_frsize - self._left))


def test_a_full_disk_ends_a_run_clearly_and_costs_nothing(
    new_workspace: NewWorkspace, tmp_path: Path, small_disk: Path
) -> None:
    undisturbed = train.run("tiny0001", recipe=new_workspace(tmp_path / "a", **SETTINGS).recipe_path)
    workspace = new_workspace(small_disk / "w", **SETTINGS)
    ballast = small_disk / "ballast"
    faults = [
        Filling(ballast, 0, what="untuned model"),  # the base snapshot
        Filling(ballast, 0, step=1),  # the metrics
        Filling(ballast, 60_000, step=2),  # the checkpoint
        Filling(ballast, 0, what="after step 3"),  # a snapshot
        Filling(ballast, 4096, what="step 6: validation loss"),  # the adapter
        Filling(ballast, 60_000, what="step 6: validation loss"),
    ]
    resume = None
    for progress in faults:
        with pytest.raises(RunError) as raised:
            train.run("tiny0001", recipe=workspace.recipe_path, resume=resume, progress=progress)
        assert "a checkpoint takes about 96 KiB" in raised.value.problem
        ballast.unlink()
        (run,) = train.runs(workspace)
        assert run.state == "interrupted"
        assert str(small_disk) in raised.value.problem
        assert "no room left on the disk" in raised.value.problem
        assert f"train run --resume {run.id}" in raised.value.mend
        assert not [p for p in run.path.rglob("*") if p.name.startswith(PREFIX)]
        resume = run.id
    ending = Filling(ballast, 400_000)
    ending.fill()
    run = train.run(recipe=workspace.recipe_path, resume=resume, progress=ending)
    assert any("this run will take about" in line for line in ending.said)
    pd.testing.assert_frame_equal(run.losses(), undisturbed.losses(), check_exact=True)
    assert (run.adapter / WEIGHTS).read_bytes() == (undisturbed.adapter / WEIGHTS).read_bytes()
    kept = [[m["step"] for m in r.metrics() if "loss" in m] for r in (run, undisturbed)]
    assert kept[0] == kept[1]
