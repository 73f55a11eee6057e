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
@click.option("--skip", is_flag=True, help="Leave out, count and list examples that the format cannot carry.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to write.")
def export(
    version_name: str | None, recipe_path: Path, form: Any, split: str | None, skip: bool, out: Path
) -> None:
    """Write a version as one file for other tools. An example that the format cannot carry, such as a tool
    call in Alpaca, is an error that names it, or left out with --skip."""
    from curate.export import LeftOut
    from curate.export import export as write
    from curate.workspace import Workspace

    version = Workspace.open(recipe_path).version(version_name)
    left_out: list[LeftOut] = []
    count = write(version.examples(split), form, out, left_out.append if skip else None)
    for each in left_out:
        example = each.example
        say(f"left out {example.example_id} ({example.source}:{example.line}): {each.why}")
    say(
        f"wrote {count:,} example{'' if count == 1 else 's'} to {out}"
        + (f", left out {len(left_out):,}" if skip else "")
    )


@click.command()
def schema() -> None:
    """Print the JSON Schema of a recipe, for editors."""
    from schemas.recipe import Recipe

    print_json(Recipe.model_json_schema())
