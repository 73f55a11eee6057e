"""Commands that make: a workspace, a dataset version."""

from pathlib import Path
from typing import Literal

import click

from curate import allocator, collector, pandas_later
from curate.edge import journal_option, json_option, recipe_option, say


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def init(folder: Path) -> None:
    """Make a workspace in DIR with a commented recipe."""
    from curate.start import init as make

    say(f"wrote {make(folder)}; put your files into {folder / 'raw'}, then run `curate build` there")


@click.command()
@recipe_option
@journal_option
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), help="Processes; all cores when not given.")
@click.option(
    "--check",
    is_flag=True,
    help="Exit 1 when a gate fails: leaks, empty splits, PII left, the recipe's `checks`.",
)
@json_option
def build(
    recipe_path: Path, engine: Literal["local", "ray"], jobs: int | None, check: bool, as_json: bool
) -> None:
    """Build a dataset version; the same inputs give the same version."""
    allocator.holds_on()
    pandas_later.arrange()
    with collector.seldom():  # what is imported is many objects, too
        from curate.building.build import build as make
        from curate.render import funnel

    version = make(recipe_path, engine=engine, jobs=jobs, check=check)
    click.echo(version.manifest.to_json() if as_json else funnel(version))
