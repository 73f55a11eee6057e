"""`train quant-check`: what a run's adapter loses where its base model is held in 8 or 4 bits.

The same questions over the same adapter, the base as it is stored (bfloat16 where the GPU has it, else
float32), in LLM.int8() and in NF4. What this machine cannot run is told, not passed over.
"""

from collections.abc import Callable
from math import nan
from pathlib import Path
from typing import Any

from curate.edge import say as say_on_stderr
from schemas.errors import GateError, UsageError
from schemas.evaluation import Contrast
from train.evaluation.asked import Asked
from train.evaluation.evaluate import recipe_of
from train.evaluation.exam import Plan, hold
from train.evaluation.machine import this_machine
from train.evaluation.metrics.catalogue import LOSS
from train.evaluation.result import Evaluation
from train.evaluation.systems import Precision, System
from train.store import Run
from train.using.opened import open_for_use

PRECISIONS: tuple[Precision, ...] = ("int8", "nf4")


def quant_check(
    run: Run | str | None = None,
    *,
    recipe: Path | str | None = None,
    output: Path | None = None,
    base_model: str | None = None,
    force: bool = False,
    say: Callable[[str], None] = say_on_stderr,
    **asked: Any,
) -> Evaluation:
    """As `evaluate`, over precisions; `against` and `few_shot` are not asked for."""
    opened = open_for_use(recipe_of(run, recipe), run.id if isinstance(run, Run) else run, say=say,
                          base_model=base_model, force=force)  # fmt: skip
    chosen = Asked.of(opened.workspace.recipe.eval, {**asked, "against": ()}).without_shots()
    whole = this_machine().dtype_name
    systems = (System(whole, tuned=True), *(System(name, tuned=True, precision=name) for name in PRECISIONS))
    pairs = [(whole, name) for name in PRECISIONS]
    names = tuple(system.name for system in systems)
    return hold(opened, chosen, Plan("quant-check", systems, pairs, names), output, say)


def loss_rises(evaluation: Evaluation) -> dict[str, Contrast]:
    """The change of the loss by precision, on the split; only what could be run."""
    return {
        comparison.second: contrast
        for comparison in evaluation.sets[0].comparisons
        for contrast in comparison.contrasts
        if contrast.metric == LOSS
    }


def check_rise(evaluation: Evaluation, most: float) -> None:
    """Raises GateError where a precision's loss rose by more than `most` nats per token; UsageError where
    none could be run, which is no pass."""
    rises = loss_rises(evaluation)
    if not rises:
        raise UsageError(
            f"no quantised model runs on this machine: {'; '.join(evaluation.info.absent.values())}",
            "check on a machine with a GPU",
        )
    found = {name: nan if c.difference is None else c.difference for name, c in rises.items()}
    over = {name: rise for name, rise in found.items() if not rise <= most}
    if over:
        told = ", ".join(f"{name} by {rise:.4f}" for name, rise in over.items())
        raise GateError(
            f"the loss rose in {told} nats per token, more than {most:g}",
            "serve the adapter over a base of more bits, or train it over the quantised one: method: qlora",
        )
