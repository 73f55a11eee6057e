"""Memory that runs out: the run goes on in smaller portions to the same result, or ends naming the rows.

The fault is put into torch itself: every embedding refuses more than so many tokens at once, as an allocator
does on a device that is too small.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import TrainerCallback

import train
from curate.workspace import Workspace
from schemas.errors import UsageError
from train.fitting.fit import Fit
from train.fitting.interrupt import Interrupt
from train.fitting.portions import cut
from train.progress import Silent
from train.session import begin
from train.store import load_run

NewWorkspace = Callable[..., Workspace]
CUDA = "CUDA out of memory. Tried to allocate 2.00 GiB."
CPU = "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried"


@contextmanager
def small_memory(
    tokens: int, *, training: bool, error: type[Exception] = torch.OutOfMemoryError
) -> Iterator[None]:
    """Only in training mode, or only out of it."""

    def refuse(module: torch.nn.Module, args: tuple[Any, ...]) -> None:
        if (
            isinstance(module, torch.nn.Embedding)
            and module.training is training
            and args[0].numel() > tokens
        ):
            raise error(CUDA if error is torch.OutOfMemoryError else CPU)

    hook = torch.nn.modules.module.register_module_forward_pre_hook(refuse)
    try:
        yield
    finally:
        hook.remove()


def start(workspace: Workspace) -> train.Run:
    return train.run("tiny0001", recipe=workspace.recipe_path)


def assert_close(run: train.Run, other: train.Run) -> None:
    """The same but for rounding, which differs with the shape of a batch."""
    ours, theirs = run.losses(), other.losses()
    pd.testing.assert_frame_equal(ours.drop(columns=NUMBERS), theirs.drop(columns=NUMBERS))
    np.testing.assert_allclose(ours["nll_sum"], theirs["nll_sum"], rtol=2e-4)
    assert run.info.final.best_step == other.info.final.best_step


NUMBERS = ["nll_sum", "loss", "max_token_nll", "n_correct"]


@pytest.mark.parametrize(
    "settings",
    [
        {"batch": {"effective": 8, "per_device": 8}, "packing": False, "epochs": 1},
        {"batch": {"effective": 8}, "packing": True, "epochs": 1},
    ],
    ids=["padded", "packed"],
)
def test_a_step_too_large_goes_through_in_portions(
    new_workspace: NewWorkspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: dict[str, Any]
) -> None:
    undisturbed = start(new_workspace(tmp_path / "large", **settings))
    capsys.readouterr()
    workspace = new_workspace(tmp_path / "small", **settings)
    with small_memory(200, training=True):
        run = start(workspace)
    assert run.state == "done"
    portions = run.info.memory.portions
    assert portions >= 2
    said = capsys.readouterr().err
    assert f"goes through in {portions} portions" in said
    assert CUDA in said
    events = [m for m in run.metrics() if "event" in m]
    assert [e["portions"] for e in events] == [2**i for i in range(1, len(events) + 1)]
    assert set(events[0]["examples"]) <= set(run.losses()["example_id"])
    assert sum(events[0]["lengths"]) > 100
    assert_close(run, undisturbed)
    taught = [{k: v for k, v in m.items() if k != "tokens_per_s"} for m in run.metrics() if "loss" in m]
    expected = [m for m in undisturbed.metrics() if "loss" in m]
    assert [m["tokens"] for m in taught] == [m["tokens"] for m in expected]
    assert [m["loss"] for m in taught] == pytest.approx([m["loss"] for m in expected], rel=1e-4)


def test_memory_that_runs_out_amid_a_backward_pass_leaves_no_half_gradient(
    new_workspace: NewWorkspace, tmp_path: Path
) -> None:
    """With dropout, so that the random numbers must be those of the step's beginning. The reference cuts its
    micro-batches from the step on in which the other's memory ran out."""
    batch = {"effective": 8, "per_device": 4}
    lora = {"r": 4, "alpha": 8, "dropout": 0.2}

    def fit_of(name: str) -> Fit:
        workspace = new_workspace(tmp_path / name, batch=batch, lora=lora, epochs=1)
        return Fit(begin(workspace, "tiny0001", Silent()), Silent(), Interrupt())

    failing = fit_of("failing")
    passes = []

    def fail_once(_gradient: torch.Tensor) -> None:
        passes.append(failing.trainer.state.global_step)
        if len(passes) == 4:  # the second micro-batch of the second step
            raise torch.OutOfMemoryError(CUDA)

    first = failing.trainer.model.base_model.model.model.layers[0]
    first.self_attn.q_proj.lora_B["default"].weight.register_hook(fail_once)
    failing.run()
    assert failing.folder.info.memory.portions == 2
    assert passes == [0, 0, 1, 1, *[1] * 4, *[2] * 4]
    steady = fit_of("steady")
    steady.trainer.add_callback(CutFromStep(steady, 1))
    steady.run()
    ours, theirs = (load_run(fit.folder.path).losses() for fit in (failing, steady))
    np.testing.assert_allclose(ours["nll_sum"], theirs["nll_sum"], rtol=1e-6)


class CutFromStep(TrainerCallback):
    def __init__(self, fit: Fit, step: int) -> None:
        self._fit = fit
        self._step = step

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        if state.global_step == self._step:
            self._fit.trainer.portions = 2


def test_an_example_too_large_alone_ends_the_run_and_a_resumed_one_knows_the_size(
    new_workspace: NewWorkspace, tmp_path: Path
) -> None:
    workspace = new_workspace(tmp_path, batch={"effective": 8, "per_device": 4}, epochs=1)
    with small_memory(40, training=True), pytest.raises(UsageError) as raised:
        start(workspace)
    (run,) = train.runs(workspace)
    longest = run.path / "run.json"
    info = json.loads(longest.read_text())
    assert (run.state, info["memory"]["portions"]) == ("failed", 4)
    assert info["reason"] == raised.value.problem
    assert "out of memory with example " in raised.value.problem
    assert "the longest are examples " in raised.value.problem
    assert "train.max_length" in raised.value.mend
    with small_memory(140, training=True):
        resumed = train.run(recipe=workspace.recipe_path, resume=run.id)
    assert (resumed.state, resumed.info.memory.portions, resumed.info.reason) == ("done", 4, None)


def test_a_snapshot_too_large_is_taken_in_smaller_batches(
    new_workspace: NewWorkspace, tmp_path: Path
) -> None:
    settings = {"epochs": 1, "packing": False}
    undisturbed = start(new_workspace(tmp_path / "large", **settings))
    workspace = new_workspace(tmp_path / "small", **settings)
    with small_memory(300, training=False, error=RuntimeError):
        run = start(workspace)
    assert run.info.memory.measured_tokens is not None
    assert run.info.memory.measured_tokens <= 300
    assert any(m.get("event") == "out of memory in a snapshot" for m in run.metrics())
    assert_close(run, undisturbed)
    with (
        small_memory(40, training=False),
        pytest.raises(UsageError, match="snapshot: out of memory with example"),
    ):
        start(new_workspace(tmp_path / "least", **settings))


def test_groups_hold_all_rows_in_their_order() -> None:
    for n in range(1, 12):
        for portions in range(1, 14):
            groups = cut(list(range(n)), portions)
            assert [row for group in groups for row in group] == list(range(n))
            assert len(groups) == min(n, portions)
            assert max(map(len, groups)) - min(map(len, groups)) <= 1
