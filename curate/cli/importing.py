"""`curate import`: look at sources, or add one to the recipe."""

import shutil
from pathlib import Path
from typing import Any, get_args

import click

from curate.edge import json_option, print_json, recipe_option, say
from schemas.recipe import Format


@click.command("import")
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@recipe_option
@click.option("--dry-run", is_flag=True, help="Only show what would be imported; needs no recipe.")
@click.option("--format", "form", type=click.Choice(get_args(Format)), default="auto", show_default=True)
@click.option(
    "--column",
    "columns",
    metavar="PART=NAME",
    multiple=True,
    help="Which column is the prompt, completion, system, group or tags; once for each.",
)
@click.option(
    "--role",
    "roles",
    metavar="LABEL=ROLE",
    multiple=True,
    help="Whose turns a label of the file's own means: agent=assistant; once for each.",
)
@click.option("--encoding", help="Of text files without a mark, such as cp1252; UTF-8 when not given.")
@click.option("--tag", "tags", multiple=True, help="A tag for every row; once for each.")
@json_option
def import_(
    sources: tuple[str, ...],
    recipe_path: Path,
    dry_run: bool,
    form: str,
    columns: tuple[str, ...],
    roles: tuple[str, ...],
    encoding: str | None,
    tags: tuple[str, ...],
    as_json: bool,
) -> int:
    """Add files, folders, globs or hf: datasets to the recipe's sources, or show what is in them.

    With --dry-run, the sources given, or else the recipe's: format, mapping of columns, three examples and
    what would be rejected, file by file; of files alike three are shown whole. Nothing is written.
    """
    from curate.importing.adding import add_sources, given_sources, recipe_of
    from curate.importing.alike import Seen
    from curate.importing.dry_run import dry_run as previews
    from curate.importing.text import text
    from schemas.errors import UsageError
    from schemas.recipe_file import load_recipe

    given = given_sources(sources, form, columns, tags, encoding, roles)
    if not dry_run:
        if not given:
            raise UsageError("no source is given", "name a file or folder, or look with --dry-run")
        for line in add_sources(recipe_path, given):
            say(line)
        return 0
    recipe, root = (
        (recipe_of(given), Path.cwd()) if given else (load_recipe(recipe_path), recipe_path.absolute().parent)
    )
    shown: list[dict[str, Any]] = []
    seen = Seen()
    for preview in previews(recipe, root, say):
        like = seen.add(preview)
        if as_json:
            shown.append(preview.to_dict())
        else:
            click.echo(text(preview, shutil.get_terminal_size().columns, like))
    if as_json:
        print_json(shown)
    elif seen.files > 1:
        say(seen.total())
    return 3 if seen.unread else 0
