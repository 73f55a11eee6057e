"""`train merge`."""

from pathlib import Path
from typing import Any

import click

from curate.edge import json_option, print_json, recipe_option, say
from train.using.commands.options import base_option, force_option, out_option, prepare


@click.command()
@click.argument("names", metavar="RUN…", nargs=-1, required=True)
@recipe_option
@out_option
@click.option("--dtype", type=click.Choice(["float32", "bfloat16", "float16"]), help="The base's own if not.")
@click.option("--examples", type=click.IntRange(min=1), default=32, show_default=True, help="To verify by.")
@click.option("--tolerance", type=click.FloatRange(min=0), help="Nats per token that a loss may move.")
@click.option(
    "--how",
    type=click.Choice(["linear", "cat", "svd", "ties", "dare_linear", "dare_ties"]),
    default="cat",
    show_default=True,
    help="Several runs: how their adapters become one.",
)
@click.option("--weights", metavar="W,W,…", help="Several runs: a weight for each; equal shares when not.")
@click.option(
    "--density",
    type=click.FloatRange(min=0, max=1, min_open=True),
    default=0.5,
    show_default=True,
    help="ties and dare: the share of values that is kept.",
)
@base_option
@force_option
@json_option
def merge(
    names: tuple[str, ...],
    recipe_path: Path,
    out: Path | None,
    dtype: Any,
    examples: int,
    tolerance: float | None,
    how: Any,
    weights: str | None,
    density: float,
    base_model: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Merge the adapter of RUN into its base model, unquantised; prints the folder last.

    Verified: the losses of examples before and after, each within --tolerance. Several runs are combined
    first.
    """
    prepare()
    from train.using.combining import plan
    from train.using.merging import merge as start
    from train.using.opened import open_for_use

    opened, *others = (
        open_for_use(recipe_path, name, say=say, base_model=base_model, force=force, task=None)
        for name in names
    )
    combination = plan(opened, others, how, _weights(weights), density) if others else None
    merged = start(
        opened,
        out or opened.run.path / "merged",
        say=say,
        dtype=dtype,
        examples=examples,
        tolerance=tolerance,
        combination=combination,
    )
    say(
        f"{merged.examples} examples: loss {merged.before:.4f} before, {merged.after:.4f} after the merge; "
        f"one moved by at most {merged.largest:.2g} nats per token ({merged.tolerance:g} allowed)"
    )
    if as_json:
        print_json(merged.to_dict())
    else:
        click.echo(merged.path)


def _weights(text: str | None) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",")) if text else ()
    except ValueError:
        raise click.BadParameter(f"{text!r} is no list of numbers", param_hint="--weights") from None
