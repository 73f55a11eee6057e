"""Commands for others: a version as one file, the recipe's JSON Schema."""

from pathlib import Path
from typing import Any

import click

from curate.edge import print_json, recipe_option, say


@click.command()
@click.argument("version_name", metavar="[VERSION]", required=False)
@recipe_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["openai", "sharegpt", "alpaca", "messages", "parquet"]),
    required=True,
)
@click.option(
    "--split", type=click.Choice(["train", "validation", "test"]), help="One split; all when not given."
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to write.")
def export(version_name: str | None, recipe_path: Path, form: Any, split: str | None, out: Path) -> None:
    """Write a version as one file for other tools."""
    from curate.export import export as write
    from curate.workspace import Workspace

    version = Workspace.open(recipe_path).version(version_name)
    say(f"wrote {write(version.examples(split), form, out):,} examples to {out}")


@click.command()
def schema() -> None:
    """Print the JSON Schema of a recipe, for editors."""
    from schemas.recipe import Recipe

    print_json(Recipe.model_json_schema())
