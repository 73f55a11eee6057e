"""`train quant-check`."""

from pathlib import Path
from typing import Any

import click

from curate.edge import json_option, print_json, recipe_option
from train.evaluation.commands.options import asked, question_options
from train.using.commands.options import base_option, force_option, prepare


@click.command("quant-check")
@click.argument("name", metavar="[RUN]", required=False)
@recipe_option
@question_options
@click.option("--max-loss-rise", type=float, metavar="X", help="Exit with 1 where a loss rose by more nats.")
@base_option
@force_option
@json_option
def quant_check(
    name: str | None,
    recipe_path: Path,
    output: Path | None,
    max_loss_rise: float | None,
    base_model: str | None,
    force: bool,
    as_json: bool,
    **questions: Any,
) -> None:
    """Measure RUN (the latest when not named) over its base model in 8 and in 4 bits, against the whole one.

    Losses, answers and metrics as `train eval` has them, and the memory of the base model's weights.
    """
    prepare()
    from train.evaluation.pages import show_evaluation
    from train.evaluation.quantised import check_rise
    from train.evaluation.quantised import quant_check as start

    found = start(
        name, recipe=recipe_path, output=output, base_model=base_model, force=force, **asked(**questions)
    )
    if as_json:
        print_json(found.to_dict())
    else:
        show_evaluation(found)
    if max_loss_rise is not None:
        check_rise(found, max_loss_rise)
