"""`python -m samples.score DIR`: a build, and a run if one is named, against the answer key."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from curate.workspace import Workspace
from samples.scoring.build import score_build
from samples.scoring.built import Built, read_key
from samples.scoring.run import score_run, version_of_run
from schemas.errors import SiftuneError


def score(folder: Path, version: str | None = None, run: str | None = None) -> dict[str, Any]:
    """The scores of a version and a run. The run's own version where none is named, else the current one."""
    key = read_key(folder)
    workspace = Workspace.open(folder / "recipe.yaml")
    run_folder = workspace.runs / run if run else None
    if version is None:
        version = version_of_run(run_folder) if run_folder else workspace.version().version
    built = Built(workspace.datasets / version)
    scores: dict[str, Any] = {"version": version, "build": score_build(key, built)}
    if run_folder:
        trained_on = Built(workspace.datasets / version_of_run(run_folder))
        scores |= {"run": run, "losses": score_run(key, trained_on, run_folder)}
    return scores


def show(scores: dict[str, Any], console: Console) -> None:
    """Two tables: the build by fault, the run by signal."""
    table = Table(title=f"build {scores['version']} against the key", title_justify="left")
    for column in ("fault", "planted", "found", "recall", "precision", "besides"):
        table.add_column(column, justify="left" if column in ("fault", "besides") else "right")
    for name, entry in scores["build"].items():
        known = ("planted", "found", "recall", "precision", "claimed", "missed", "wrong", "first")
        rest = "  ".join(f"{key} {value}" for key, value in entry.items() if key not in known)
        table.add_row(name, *(_figure(entry.get(key)) for key in known[:4]), rest)
    console.print(table)
    if "losses" in scores:
        console.print(_run_table(scores["run"], scores["losses"]))


def _run_table(run: str, losses: dict[str, Any]) -> Table:
    title = f"run {run}: {losses['swapped']} swapped answers in {losses['rows']} training rows"
    table = Table(title=title, title_justify="left")
    for column in ("signal", "AUROC", "any fault", f"swapped in top {losses['top']}", "faulty in top"):
        table.add_column(column, justify="left" if column == "signal" else "right")
    for name, entry in losses["signals"].items():
        keys = ("auroc", "auroc_any_fault", "swapped_in_top", "faulty_in_top")
        table.add_row(name, *(_figure(entry[key]) for key in keys))
    return table


def _figure(value: float | int | None) -> str:
    return "" if value is None else f"{value:.4f}" if isinstance(value, float) else f"{value:,}"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, exists=True, path_type=Path))
@click.option("--version", help="A dataset version; the run's own, or the current one, when not given.")
@click.option("--run", help="A run whose losses are scored too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def main(folder: Path, version: str | None, run: str | None, as_json: bool) -> None:
    """Score what was built in FOLDER against its answer key."""
    try:
        scores = score(folder, version, run)
    except SiftuneError as error:
        click.echo(f"error: {error.problem}\n       {error.mend}", err=True)
        sys.exit(error.exit_code)
    if as_json:
        click.echo(json.dumps(scores, indent=2))
    else:
        show(scores, Console())


if __name__ == "__main__":
    main()
