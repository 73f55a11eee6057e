"""A run that was interrupted or killed, at any moment, ends as one that was not."""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

import train
from curate.workspace import Workspace
from schemas.errors import Interrupted, UsageError
from train.progress import Report, Tick

# Dropout, several micro-batches a step, packs, and evaluations between the ends of epochs.
SETTINGS = {
    "packing": True,
    "max_length": 192,
    "lora": {"r": 4, "alpha": 8, "dropout": 0.2},
    "batch": {"effective": 6, "per_device": 2},
    "evals_per_epoch": 2,
    "early_stopping": None,
    "epochs": 3,
}
KILLS = 10


class Watcher:
    """A progress that notes what is said, and sends this process a signal at a step or while measuring."""

    def __init__(self, at_step: int | None = None, while_measuring: str | None = None) -> None:
        self.lines: list[str] = []
        self.steps: list[int] = []
        self._at_step = at_step
        self._while_measuring = while_measuring

    def say(self, line: str) -> None:
        self.lines.append(line)

    def step(self, report: Report) -> None:
        self.steps.append(report.step)
        if report.step == self._at_step:
            os.kill(os.getpid(), signal.SIGINT)

    @contextmanager
    def measuring(self, what: str, _total: int) -> Iterator[Tick]:
        if what == self._while_measuring:
            os.kill(os.getpid(), signal.SIGINT)
        yield lambda _: None

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, new_workspace: Callable[..., Workspace]
) -> train.Run:
    workspace = new_workspace(tmp_path_factory.mktemp("undisturbed"), **SETTINGS)
    return train.run("tiny0001", recipe=workspace.recipe_path, progress=Watcher())


def assert_same_run(run: train.Run, undisturbed: train.Run) -> None:
    pd.testing.assert_frame_equal(run.losses(), undisturbed.losses(), check_exact=True)
    pd.testing.assert_frame_equal(run.tokens(), undisturbed.tokens(), check_exact=True)
    for name in ("losses.parquet", "tokens.parquet"):
        assert (run.path / name).read_bytes() == (undisturbed.path / name).read_bytes()
    weights = "adapter_model.safetensors"
    assert (run.adapter / weights).read_bytes() == (undisturbed.adapter / weights).read_bytes()
    assert (run.info.final, run.state) == (undisturbed.info.final, "done")
    assert [_untimed(m) for m in run.metrics()] == [_untimed(m) for m in undisturbed.metrics()]


def _untimed(line: dict[str, float]) -> dict[str, float]:
    return {key: value for key, value in line.items() if key != "tokens_per_s"}


def test_ctrl_c_and_resume(
    undisturbed: train.Run, new_workspace: Callable[..., Workspace], tmp_path: Path
) -> None:
    workspace = new_workspace(tmp_path, **SETTINGS)
    with pytest.raises(Interrupted, match="--resume"):
        train.run("tiny0001", recipe=workspace.recipe_path, progress=Watcher(at_step=6))
    (run,) = train.runs(workspace)
    assert (run.state, run.info.step) == ("interrupted", 6)
    watcher = Watcher()
    assert_same_run(train.run(recipe=workspace.recipe_path, resume=run.id, progress=watcher), undisturbed)
    assert watcher.steps[0] == 7
    with pytest.raises(UsageError, match="is done"):
        train.run(recipe=workspace.recipe_path, resume=run.id)


def test_ctrl_c_during_snapshots(
    undisturbed: train.Run, new_workspace: Callable[..., Workspace], tmp_path: Path
) -> None:
    workspace = new_workspace(tmp_path, **SETTINGS)
    recipe = workspace.recipe_path
    with pytest.raises(Interrupted):
        train.run("tiny0001", recipe=recipe, progress=Watcher(while_measuring="untuned model"))
    (run,) = train.runs(workspace)
    first = min(undisturbed.losses().query("kind == 'snapshot' and model == 'adapter'")["step"])
    with pytest.raises(Interrupted):
        train.run(recipe=recipe, resume=run.id, progress=Watcher(while_measuring=f"after step {first}"))
    assert_same_run(train.run(recipe=recipe, resume=run.id, progress=Watcher()), undisturbed)


def test_damaged_checkpoint_is_passed_over(
    undisturbed: train.Run, new_workspace: Callable[..., Workspace], tmp_path: Path
) -> None:
    workspace = new_workspace(tmp_path, **SETTINGS)
    with pytest.raises(Interrupted):
        train.run("tiny0001", recipe=workspace.recipe_path, progress=Watcher(at_step=6))
    (run,) = train.runs(workspace)
    newest = max((run.path / "checkpoints").glob("step-*"))
    state = newest / "optimizer.pt"
    state.write_bytes(state.read_bytes()[:-100])
    # As if the kill had come between the snapshot of the checkpoint before and its line in the metrics.
    metrics = run.path / "metrics.jsonl"
    lines = metrics.read_text().splitlines(keepends=True)
    noted = [line for line in lines if '"validation_loss"' in line]
    metrics.write_text("".join(line for line in lines if line != noted[-1]))
    watcher = Watcher()
    assert_same_run(train.run(recipe=workspace.recipe_path, resume=run.id, progress=watcher), undisturbed)
    assert any("is damaged (optimizer.pt)" in line for line in watcher.lines)


def test_a_new_run_names_the_interrupted_one(new_workspace: Callable[..., Workspace], tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path, epochs=1, snapshots=[], packing=False)
    with pytest.raises(Interrupted):
        train.run("tiny0001", recipe=workspace.recipe_path, progress=Watcher(at_step=1))
    (interrupted,) = train.runs(workspace)
    watcher = Watcher()
    run = train.run("tiny0001", recipe=workspace.recipe_path, progress=watcher)
    assert run.id != interrupted.id
    assert any(f"--resume {interrupted.id}" in line for line in watcher.lines)


def test_kill_at_random_moments(
    undisturbed: train.Run, new_workspace: Callable[..., Workspace], tmp_path: Path
) -> None:
    """A run that ends in spite of the kills is followed by another, so that ten kills hit something.

    The forkserver has the libraries loaded, so that a kill meets the run and not its imports.
    """
    workspace = new_workspace(tmp_path, **SETTINGS)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["train.fitting.fit"])
    rng = random.Random(3)
    ended: set[str] = set()
    for _ in range(KILLS):
        resume = next((run.id for run in train.runs(workspace) if not run.finished), None)
        process = context.Process(
            target=train.run, args=("tiny0001",), kwargs={"recipe": workspace.recipe_path, "resume": resume}
        )
        process.start()
        _wait_for_progress(workspace, process, rng)
        process.kill()
        process.join()
        for run in train.runs(workspace):
            if run.finished and run.id not in ended:
                ended.add(run.id)
                assert_same_run(run, undisturbed)
    for run in train.runs(workspace):
        if not run.finished:
            watcher = Watcher()
            assert_same_run(
                train.run(recipe=workspace.recipe_path, resume=run.id, progress=watcher), undisturbed
            )
            ended.add(run.id)
    assert ended


def _wait_for_progress(workspace: Workspace, process: multiprocessing.Process, rng: random.Random) -> None:
    """Until the run has written something new, and a moment more."""
    before = _written(workspace)
    while process.is_alive() and _written(workspace) == before:
        time.sleep(0.01)
    time.sleep(rng.uniform(0, 0.6))


def _written(workspace: Workspace) -> set[Path]:
    """Names of what a run writes while it trains; a folder may be renamed or removed while it is listed."""
    folders = (f for name in ("parts", "checkpoints") for f in workspace.runs.glob(f"*/{name}"))
    return {Path(at, name) for folder in folders for at, _, names in os.walk(folder) for name in names}
