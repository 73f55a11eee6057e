"""`train eval`."""

from pathlib import Path
from typing import Any

import click

from curate.edge import json_option, print_json, recipe_option
from train.evaluation.commands.options import asked, listed, question_options
from train.using.commands.options import base_option, force_option, prepare


@click.command("eval")
@click.argument("name", metavar="[RUN]", required=False)
@recipe_option
@question_options
@click.option("--against", metavar="S,S", help="Systems beside the adapter: base, few-shot.  [base]")
@click.option("--few-shot", type=click.IntRange(1, 64), metavar="K", help="Adds the base, K examples shown.")
@base_option
@force_option
@json_option
def evaluate(
    name: str | None,
    recipe_path: Path,
    output: Path | None,
    against: str | None,
    few_shot: int | None,
    base_model: str | None,
    force: bool,
    as_json: bool,
    **questions: Any,
) -> None:
    """Measure RUN (the latest when not named) beside its base model: losses, answers, metrics, differences.

    Answers are drawn greedily and stored by example; what stands is not asked again. A star marks a
    difference whose 95 % interval leaves out zero. The recipe's `eval` section has the same keys.
    """
    prepare()
    from train.evaluation.evaluate import evaluate as start
    from train.evaluation.pages import show_evaluation

    found = start(
        name,
        recipe=recipe_path,
        output=output,
        base_model=base_model,
        force=force,
        against=listed(against),
        few_shot=few_shot,
        **asked(**questions),
    )
    if as_json:
        print_json(found.to_dict())
    else:
        show_evaluation(found)
