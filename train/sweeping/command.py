"""`train sweep`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from curate.edge import json_option, print_json, recipe_option, say

if TYPE_CHECKING:
    from train.sweeping.running import Plan, Sweep


@click.command()
@recipe_option
@click.option("--version", "version_name", help="The dataset version; the current one when not given.")
@click.option("--dry-run", is_flag=True, help="Show the runs and their steps; train nothing.")
@click.option("--runs", type=click.IntRange(min=1), help="At most so many; overrules sweep.runs.")
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    help="Begin none later; overrules sweep.minutes.",
)
@json_option
def sweep(
    recipe_path: Path,
    version_name: str | None,
    dry_run: bool,
    runs: int | None,
    minutes: float | None,
    as_json: bool,
) -> int:
    """Try the settings of the recipe's `sweep`, each as a run; print a table, best first, and the best ones.

    What stands is not trained again, and a sweep that was stopped goes on where it was. Exits with 1 where no
    setting has ended.
    """
    from train.sweeping.running import plan
    from train.sweeping.running import sweep as start

    if dry_run:
        _show_plan(plan(version_name, recipe=recipe_path, runs=runs, minutes=minutes), as_json)
        return 0
    found = start(version_name, recipe=recipe_path, runs=runs, minutes=minutes, say=say)
    if as_json:
        from train.sweeping.record import record

        print_json(record(found))
    else:
        _show(found)
    return 0 if found.found.best else 1


def _show_plan(planned: "Plan", as_json: bool) -> None:
    from train.sweeping.record import plan_record
    from train.sweeping.table import plan_table
    from train.tables import show

    if as_json:
        print_json(plan_record(planned))
        return
    show(plan_table(planned))
    found = [(one, planned.standing.of(one)) for one in planned.trials]
    open_ones = [one for one, run in found if run is None or run.state == "interrupted"]
    say(
        f"{len(planned.trials)} runs on version {planned.version.version}; {len(open_ones)} to train, "
        f"{sum(one.steps for one in open_ones):,} steps"
    )


def _show(found: "Sweep") -> None:
    from train.sweeping.running import REPORT
    from train.sweeping.table import best_recipe, pareto, sweep_table, words
    from train.tables import show

    show(sweep_table(found.found))
    plot = pareto(found.found)
    if plot is not None:
        show(plot)
    for line in words(found):
        say(line)
    click.echo(best_recipe(found), nl=False)
    say(f"report: {found.path / REPORT}")
