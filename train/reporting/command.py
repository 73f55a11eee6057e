"""`train report`."""

from pathlib import Path

import click

from curate.edge import json_option, print_json, recipe_option


@click.command()
@click.argument("name", metavar="[RUN]", required=False)
@recipe_option
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="FILE", help="Beside the run when not given."
)
@click.option("--open", "opens", is_flag=True, help="Show it in the browser.")
@json_option
def report(name: str | None, recipe_path: Path, output: Path | None, opens: bool, as_json: bool) -> None:
    """Write the report of RUN (the latest when not named), one HTML file; prints its path.

    --json prints the figures behind it instead, and writes no file unless --output names one.
    """
    from curate.workspace import Workspace
    from train.reporting.figures import figures
    from train.reporting.writing import write_report
    from train.store import open_run

    workspace = Workspace.open(recipe_path)
    run = open_run(workspace, name)
    if as_json and output is None and not opens:
        print_json(figures(run, workspace)[0].to_dict())
        return
    path, found = write_report(run, workspace, output)
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo(path)
    if opens:
        click.launch(str(path))
