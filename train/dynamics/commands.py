"""`train losses`, `train map`, `train ifd`: parse, call, print."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from curate.edge import json_option, print_json, recipe_option, say
from train.dynamics.columns import SIGNALS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from train.store import Run

_TABLE_ROWS = 20
_MAP_HEIGHT = 22


@click.command()
@click.argument("name", metavar="[RUN]", required=False)
@recipe_option
@click.option("--split", help="One split; all when not given.")
@click.option("--sort", "by", type=click.Choice(SIGNALS), default="loss", show_default=True)
@click.option("--top", type=click.IntRange(min=1), help="How many; 20 in a table, else all.")
@click.option("--columns", metavar="A,B,…", help="The columns shown, in their order.")
@click.option("--text", is_flag=True, help="The beginning of each example's question and answer too.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: every column, or those of --columns.")
@json_option
def losses(
    name: str | None,
    recipe_path: Path,
    split: str | None,
    by: Any,
    top: int | None,
    columns: str | None,
    text: bool,
    as_csv: bool,
    as_json: bool,
) -> None:
    """List the examples of a run (the latest when not named), worst first.

    loss: the adapter's loss in nats per trained token. gain: what training took off the base model's loss.
    rise: how far the loss climbed back above its lowest snapshot. noise: how likely the example is wrong,
    with the parts that say why. docs/dynamics.md tells of all of them. `curate why ID` tells the rest.
    """
    from train.dynamics import tables
    from train.queue import review_queue
    from train.store import open_run
    from train.tables import show

    if as_csv and as_json:
        raise click.UsageError("--csv and --json are two ways to print: give one of them")
    chosen = tables.chosen_columns(by, columns, text)
    opened = open_run(recipe_path, name)
    everything = as_json or as_csv
    items = review_queue(opened, by=by, split=split, top=top or (None if everything else _TABLE_ROWS))
    wanted = text or tables.TEXT in chosen
    texts = _texts(recipe_path, opened, [item.example_id for item in items]) if wanted else {}
    if as_json:
        print_json(tables.losses_data(items, texts if wanted else None))
    elif as_csv:
        named = chosen if columns else (*tables.NAMES, *((tables.TEXT,) if text else ()))
        tables.write_csv(items, named, texts, sys.stdout)
    else:
        say(f"run {opened.id}, {opened.state}: worst {len(items)} by {by}")
        show(tables.losses_table(items, chosen, texts))


@click.command("map")
@click.argument("name", metavar="[RUN]", required=False)
@recipe_option
@click.option("--split", help="One split; train when not given.")
@json_option
def data_map(name: str | None, recipe_path: Path, split: str | None, as_json: bool) -> None:
    """Draw the data map of a run (the latest when not named): what it learned soon, late or never.

    Confidence is the mean probability over the epochs that the model gave to an example's tokens, variability
    its standard deviation (Swayamdipta et al. 2020). Wrong answers gather among the hard ones. --json prints
    the points.
    """
    import shutil

    from schemas.errors import RunError, UsageError
    from train.dynamics.columns import LACKS, MENDS
    from train.dynamics.data_map import LEGEND, drawn, points
    from train.dynamics.frame import example_dynamics
    from train.store import open_run

    opened = open_run(recipe_path, name)
    table = example_dynamics(opened)
    known = sorted(table["split"].unique())
    if split is not None and split not in known:
        raise UsageError(f"the run {opened.id} has no split {split!r}", f"use one of {', '.join(known)}")
    found = points(table[table["split"] == (split or "train")])
    if found.empty:
        raise RunError(f"{opened.path}: {LACKS['epochs']}", MENDS["epochs"])
    if as_json:
        print_json(found.to_dict("records"))
        return
    counts = found["region"].value_counts()
    regions = ", ".join(f"{counts.get(region, 0):,} {region}" for region in ("easy", "ambiguous", "hard"))
    say(f"run {opened.id}, {split or 'train'}: {regions}")
    for line in drawn(found, shutil.get_terminal_size((100, 30)).columns, _MAP_HEIGHT):
        click.echo(line)
    say(LEGEND)


@click.command()
@click.argument("name", metavar="[RUN]", required=False)
@recipe_option
@click.option(
    "--base-model", metavar="MODEL", help="Where the base model is by now: a folder, or a hub name."
)
@click.option("--force", is_flag=True, help="Go on where template, prompt or base are not those of training.")
@json_option
def ifd(name: str | None, recipe_path: Path, base_model: str | None, force: bool, as_json: bool) -> None:
    """Measure how much prompts help to say their answers, in a run (the latest when not named).

    IFD, the instruction-following difficulty of Li et al. 2024: an answer's loss after its prompt over its
    loss alone, by the untuned model and by the adapter. Near 1 or above, the answer may belong to another
    question: `train losses --sort ifd`. Takes as long as two snapshots; killed, it goes on where it was.
    """
    from train.dynamics import tables
    from train.dynamics.ifd import difficulties
    from train.dynamics.ifd import ifd as measure
    from train.tables import show
    from train.using.commands.options import prepare

    prepare()
    found = difficulties(measure(recipe_path, name, base_model=base_model, force=force))
    if as_json:
        print_json([row.to_dict() for row in found])
    else:
        show(tables.difficulty_table(found))


def _texts(recipe_path: Path, run: "Run", example_ids: list[str]) -> "Mapping[str, str]":
    """The beginnings of these examples, of the version that the run was trained on."""
    from curate.workspace import Workspace
    from train.dynamics.snippets import snippets

    return snippets(Workspace.open(recipe_path).version(run.info.dataset_version), example_ids)
