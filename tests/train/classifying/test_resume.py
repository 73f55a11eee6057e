"""A classification that was interrupted ends as one that was not; and a padded batch reads the last token."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import train
from curate.workspace import Workspace
from schemas.errors import GateError, Interrupted, UsageError
from train.classifying.head import check_padding
from train.fitting.compute import choose
from train.fitting.fit import Fit
from train.fitting.interrupt import Interrupt
from train.progress import Report, Tick, on_stderr
from train.session import begin

NewWorkspace = Callable[..., Workspace]
# Dropout, several micro-batches a step, and evaluations between the ends of epochs.
SETTINGS = {
    "lora": {"r": 4, "alpha": 8, "dropout": 0.2},
    "batch": {"effective": 16, "per_device": 8},
    "class_weights": "balanced",
    "evals_per_epoch": 2,
    "early_stopping": None,
    "epochs": 2,
}


class Watcher:
    """Says nothing; sends this process a signal at a step."""

    def __init__(self, at_step: int | None = None) -> None:
        self._at_step = at_step

    def say(self, line: str) -> None:
        pass

    def step(self, report: Report) -> None:
        if report.step == self._at_step:
            os.kill(os.getpid(), signal.SIGINT)

    @contextmanager
    def measuring(self, _what: str, _total: int) -> Iterator[Tick]:
        yield lambda _: None

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_, **__: None


def test_ctrl_c_and_resume(new_class_workspace: NewWorkspace, tmp_path: Path) -> None:
    whole = new_class_workspace(tmp_path / "whole", **SETTINGS)
    undisturbed = train.run("tiny0001", recipe=whole.recipe_path, progress=Watcher())
    workspace = new_class_workspace(tmp_path / "cut", **SETTINGS)
    for step in (3, 10):
        resume = next((run.id for run in train.runs(workspace)), None)
        with pytest.raises(Interrupted, match="--resume"):
            train.run("tiny0001", recipe=workspace.recipe_path, resume=resume, progress=Watcher(step))
    (run,) = train.runs(workspace)
    run = train.run(recipe=workspace.recipe_path, resume=run.id, progress=Watcher())
    for name in ("losses.parquet", "tokens.parquet", "predictions.parquet", "confusion.csv"):
        assert (run.path / name).read_bytes() == (undisturbed.path / name).read_bytes()
    weights = "adapter_model.safetensors"
    assert (run.adapter / weights).read_bytes() == (undisturbed.adapter / weights).read_bytes()
    assert (run.info.final, run.state, run.info.labels) == (
        undisturbed.info.final,
        "done",
        undisturbed.info.labels,
    )
    same = ("step", "loss", "accuracy", "validation_loss", "validation_accuracy", "validation_macro_f1")
    kept, wanted = (
        pd.DataFrame([{key: line.get(key) for key in same} for line in one.metrics()])
        for one in (run, undisturbed)
    )
    pd.testing.assert_frame_equal(kept, wanted)


def fit_of(workspace: Workspace) -> Any:
    progress = on_stderr()
    return Fit(begin(workspace, "tiny0001", progress), progress, Interrupt())


def test_losses_that_do_not_add_up_stop_the_run(new_class_workspace: NewWorkspace, tmp_path: Path) -> None:
    """The loss that is trained on is doubled behind the recorder's back."""
    fit = fit_of(new_class_workspace(tmp_path))
    loss_of = fit.trainer.compute_loss
    fit.trainer.compute_loss = lambda *given, **named: loss_of(*given, **named) * 2
    with pytest.raises(GateError, match="step 1: the examples' losses add up to"):
        fit.run()


def test_a_head_that_reads_padding_is_refused(new_class_workspace: NewWorkspace, tmp_path: Path) -> None:
    workspace = new_class_workspace(tmp_path)
    fit = fit_of(workspace)
    model, rows = fit.trainer.model, fit.folder.rows
    assert workspace.recipe.train is not None
    compute = choose(workspace.recipe.train)
    check_padding(model, rows, 0, compute)
    model.config.pad_token_id = model.get_base_model().config.pad_token_id = (
        10**6
    )  # no token: the last position
    with pytest.raises(UsageError, match="scores padded examples otherwise than alone"):
        check_padding(model, rows, 0, compute)
