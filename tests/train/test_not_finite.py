"""A loss or gradient that is not finite: the step is not taken, and the rows at fault are named, not their
neighbours in a pack."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import train
from curate.workspace import Workspace
from schemas.errors import GateError
from train.fitting.fit import Fit
from train.fitting.interrupt import Interrupt
from train.progress import Silent
from train.record import checkpoints
from train.session import begin

NewWorkspace = Callable[..., Workspace]


class Poison(torch.autograd.Function):
    """Spoils the embeddings of chosen tokens on the way there (`forward`) or only on the way back."""

    @staticmethod
    def forward(ctx: Any, embedded: torch.Tensor, chosen: torch.Tensor, where: str) -> torch.Tensor:
        ctx.chosen, ctx.where = chosen, where
        return embedded.masked_fill(chosen, float("nan")) if where == "forward" else embedded.clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        spoilt = gradient.masked_fill(ctx.chosen, float("inf")) if ctx.where == "backward" else gradient
        return spoilt, None, None


def poisoned(workspace: Workspace, where: str) -> tuple[Fit, set[str]]:
    """A run in which one train example of the second step's is spoilt in training mode; its id."""
    fit = Fit(begin(workspace, "tiny0001", Silent()), Silent(), Interrupt())
    rows = [row for row in fit.folder.rows if row.split == "train"]
    # A token that few examples hold, so that the run's first step is sound.
    holders = {
        token: [row.example_id for row in rows if token in row.input_ids[:-1]]
        for token in {token for row in rows for token in row.input_ids[:-1]}
    }
    order = [rows[i].example_id for sequence in _order(fit) for i in sequence]
    first = set(order[:12])
    token, guilty = next(
        (token, ids) for token, ids in sorted(holders.items()) if len(ids) == 1 and ids[0] not in first
    )

    def spoil(module: torch.nn.Module, args: Any, output: torch.Tensor) -> torch.Tensor:
        if not module.training:
            return output
        chosen = (args[0] == token).unsqueeze(-1)
        spoilt: torch.Tensor = Poison.apply(output.requires_grad_(), chosen, where)
        return spoilt

    fit.trainer.model.get_input_embeddings().register_forward_hook(spoil)
    return fit, set(guilty)


def _order(fit: Fit) -> list[list[int]]:
    sampler = fit.trainer._get_train_sampler()
    return [fit.trainer._sequences[i]["rows"] for i in sampler]


@pytest.mark.parametrize(
    ("where", "what", "packing"),
    [("forward", "loss", True), ("backward", "gradient", True), ("backward", "gradient", False)],
)
def test_the_rows_at_fault_are_named_and_the_state_before_is_saved(
    new_workspace: NewWorkspace, tmp_path: Path, where: str, what: str, packing: bool
) -> None:
    # The base model's own lower layer is trained with, so that a gradient reaches what was spoilt.
    workspace = new_workspace(
        tmp_path,
        packing=packing,
        method="full",
        epochs=1,
        snapshots=[],
        checkpoints=1,
        batch={"effective": 8, "per_device": 4},
    )
    fit, guilty = poisoned(workspace, where)
    with pytest.raises(GateError) as raised:
        fit.run()
    found = re.fullmatch(rf"step (\d+): {what} is not finite, with example ([0-9a-f]+)", raised.value.problem)
    assert found, raised.value.problem
    assert {found[2]} == guilty
    (run,) = train.runs(workspace)
    step = int(found[1]) - 1
    assert (run.state, run.info.reason, run.info.step) == ("failed", raised.value.problem, step)
    assert step > 0
    saved = checkpoints.read(fit.folder.checkpoints.path(step))
    assert saved is not None
    assert all(torch.isfinite(p).all() for p in fit.trainer.model.parameters())
    event = next(m for m in run.metrics() if "event" in m)
    assert (event["event"], event["examples"]) == (f"{what} is not finite", [found[2]])
    # The run was killed by a fault of the hook; without it the saved state goes on to the end.
    assert train.run(recipe=workspace.recipe_path, resume=run.id, progress=Silent()).state == "done"
