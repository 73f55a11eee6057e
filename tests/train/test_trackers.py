"""Figures that go to a tracker too: real event files of a run that was interrupted and went on."""

import os
import signal
from collections.abc import Callable
from importlib import util
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import train
from curate.workspace import Workspace
from schemas.errors import Interrupted, UsageError
from schemas.run import FinalLosses
from train.progress import Report, Silent
from train.trackers import Trackers

NewWorkspace = Callable[..., Workspace]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:tensorboard")


class Stopping(Silent):
    def step(self, report: Report) -> None:
        if report.step == 4:
            os.kill(os.getpid(), signal.SIGINT)


def test_tensorboard_has_each_step_once(new_workspace: NewWorkspace, tmp_path: Path) -> None:
    recipe = new_workspace(tmp_path, report_to=["tensorboard"]).recipe_path
    with pytest.raises(Interrupted):
        train.run("tiny0001", recipe=recipe, progress=Stopping())
    (run,) = train.runs(recipe)
    run = train.run(recipe=recipe, resume=run.id, progress=Silent())
    folder = run.info.reports["tensorboard"]
    assert Path(folder).is_relative_to(run.path)
    events = EventAccumulator(folder).Reload()  # type: ignore[no-untyped-call]
    figures = {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    metrics = run.metrics()
    assert [step for step, _ in figures["train/loss"]] == [1, 2, 3, 4, 5, 6]
    for name in ("loss", "learning_rate", "grad_norm", "tokens_per_s"):
        expected = [m[name] for m in metrics if "loss" in m and m["step"] in (1, 2, 3, 4, 5, 6)]
        assert [value for _, value in figures[f"train/{name}"]] == pytest.approx(expected, rel=1e-6)
    validated = [(m["step"], m["validation_loss"]) for m in metrics if "validation_loss" in m]
    assert [step for step, _ in figures["validation/loss"]] == [step for step, _ in validated]
    ((step, test_loss),) = figures["final/test_loss"]
    assert (step, test_loss) == (6, pytest.approx(run.info.final.test_loss, rel=1e-6))
    (text,) = (e.tensor_proto.string_val[0].decode() for e in events.Tensors("recipe/text_summary")[:1])
    for words in ("| dataset_version | tiny0001 |", "| train.lora.r | 4 |", f"| run | {run.id} |"):
        assert words in text
    assert "a small shop" not in text  # the system prompt stays here


def test_a_tracker_that_is_not_installed(new_workspace: NewWorkspace, tmp_path: Path) -> None:
    absent = next((n for n in ("wandb", "mlflow", "trackio") if util.find_spec(n) is None), None)
    if absent is None:
        pytest.skip("all trackers are installed")
    workspace = new_workspace(tmp_path, report_to=[absent])
    with pytest.raises(UsageError, match=f"{absent} is not installed — pip install {absent}"):
        train.run("tiny0001", recipe=workspace.recipe_path, progress=Silent())
    assert train.runs(workspace) == []


class Unreachable:
    """What a tracker is like whose server has gone."""

    def __init__(self) -> None:
        self.asked = 0

    def log(self, _figures: dict[str, float], step: int) -> None:
        self.asked += step
        raise ConnectionError("no route to host")

    def finish(self) -> None:
        raise AssertionError("it was left before")


def test_a_tracker_that_fails_is_left_and_costs_no_run() -> None:
    said: list[str] = []
    gone = Unreachable()
    trackers = Trackers({"wandb": gone}, [], said.append)
    for step in (1, 2):
        trackers.log({"step": step, "loss": 2.0})
    trackers.final(FinalLosses(test_loss=1.0), 2)
    trackers.close()
    assert gone.asked == 1
    assert said == ["wandb is told no more: ConnectionError: no route to host"]
