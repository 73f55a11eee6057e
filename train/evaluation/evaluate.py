"""`train eval`: a run's adapter, its base model and the base with examples shown, on the same questions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from curate.edge import say as say_on_stderr
from train.evaluation.asked import Asked
from train.evaluation.classified import of_classification
from train.evaluation.exam import Plan, hold
from train.evaluation.result import Evaluation
from train.evaluation.systems import System
from train.store import Run
from train.using.opened import open_for_use

BASE, FEW_SHOT, ADAPTER = "base", "few-shot", "adapter"


def evaluate(
    run: Run | str | None = None,
    *,
    recipe: Path | str | None = None,
    output: Path | None = None,
    base_model: str | None = None,
    force: bool = False,
    say: Callable[[str], None] = say_on_stderr,
    **asked: Any,
) -> Evaluation:
    """Evaluates a run (the latest when None); what stands of the same questions is taken as it is.

    `asked`: `split`, and the keys of the recipe's `eval` section in its place: `against`, `few_shot`,
    `metrics`, `general`, `turns`, `max_new_tokens`, `limit`. The recipe is the one of the run's workspace, or
    `recipe.yaml` here. `force` goes on where template, prompt or base are not those of training. Of a
    classification the run's own predictions are evaluated.
    Raises UsageError, RecipeError, RunError, MissingPackage, SourceError; Interrupted after Ctrl-C, with all
    that was answered kept.
    """
    path = recipe_of(run, recipe)
    name = run.id if isinstance(run, Run) else run
    opened = open_for_use(path, name, say=say, base_model=base_model, force=force, task=None)
    chosen = Asked.of(opened.workspace.recipe.eval, asked)
    if opened.run.info.task == "classification":
        return of_classification(opened, chosen, output)
    return hold(opened, chosen, _plan(chosen), output, say)


def recipe_of(run: Run | str | None, recipe: Path | str | None) -> Path:
    """The recipe named, the one beside the run's workspace, or the one here."""
    if recipe is not None:
        return Path(recipe)
    if isinstance(run, Run):
        # <root>/.siftune/runs/<run>
        beside = run.path.absolute().parents[2] / "recipe.yaml"
        if beside.is_file():
            return beside
    return Path("recipe.yaml")


def _plan(asked: Asked) -> Plan:
    """The adapter comes last: after full fine-tuning it is a model of its own, loaded once the base is gone.
    General sets are put to base and adapter."""
    systems = [System(BASE, tuned=False)] if asked.base or asked.general else []
    systems += [System(FEW_SHOT, tuned=False, shots=asked.few_shot)] if asked.few_shot else []
    pairs = [(system.name, ADAPTER) for system in systems]
    return Plan("eval", (*systems, System(ADAPTER, tuned=True)), pairs, (BASE, ADAPTER))
