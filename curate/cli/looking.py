"""Commands that look: at one example, at a version, at two."""

from pathlib import Path
from typing import Any

import click

from curate.edge import json_option, load_package, print_json, recipe_option


@click.command()
@click.argument("name", metavar="ID")
@recipe_option
@click.option("--version", "version_name", help="The dataset version; the current one when not given.")
@json_option
def why(name: str, recipe_path: Path, version_name: str | None, as_json: bool) -> None:
    """Tell the whole story of an example: origin, stages, decisions, tokens, losses.

    ID is an example id, the start of one, or SOURCE:LINE of a raw row.
    """
    from curate.render import story
    from curate.workspace import Workspace

    workspace = Workspace.open(recipe_path)
    told = workspace.version(version_name).why(name)
    decisions = _decisions(workspace, told.example_id)
    runs = load_package("train.story").stories(workspace, told.example_id) if told.example_id else []
    if as_json:
        print_json({**told.to_dict(), "decisions": decisions, "runs": [r.to_dict() for r in runs]})
        return
    click.echo(story(told))
    for d in decisions:
        click.echo(_decision_line(d))
    for run in runs:
        click.echo(run.text())


@click.command()
@click.argument("name", metavar="ID")
@recipe_option
@click.option("--version", "version_name", help="The dataset version; the current one when not given.")
@json_option
def show(name: str, recipe_path: Path, version_name: str | None, as_json: bool) -> None:
    """Print the messages of an example as they stand in the version."""
    from curate.render import messages
    from curate.workspace import Workspace
    from schemas.errors import UsageError

    told = Workspace.open(recipe_path).version(version_name).why(name)
    if told.example is None:
        raise UsageError(f"{name!r} was not kept in version {told.version}", f"`curate why {name}` says why")
    if as_json:
        print_json(told.to_dict())
    else:
        click.echo(messages(told.example.messages))


@click.command()
@recipe_option
@json_option
def versions(recipe_path: Path, as_json: bool) -> None:
    """List the dataset versions, oldest first."""
    from curate.workspace import Workspace

    workspace = Workspace.open(recipe_path)
    manifests = [workspace.version(v).manifest for v in workspace.versions()]
    if as_json:
        print_json([m.model_dump(mode="json", by_alias=True) for m in manifests])
        return
    for m in manifests:
        splits = "  ".join(f"{name} {n:>6,}" for name, n in m.splits.items())
        click.echo(f"{m.version}  rows {m.rows_in:>7,}  kept {m.kept:>7,}  {splits}")


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B", required=False)
@recipe_option
@click.option("--all", "everything", is_flag=True, help="Print every change, not the first of each kind.")
@json_option
def diff(before: str, after: str | None, recipe_path: Path, everything: bool, as_json: bool) -> None:
    """Say what changed from version A to B (the current one): added, removed, edited, moved, with reasons."""
    from curate.render import diff as text
    from curate.workspace import Workspace

    workspace = Workspace.open(recipe_path)
    found = workspace.version(before).diff(workspace.version(after))
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo(text(found, everything))


def _decisions(workspace: Any, example_id: str | None) -> list[dict[str, Any]]:
    from curate.journal import Journal, plain

    if example_id is None or not workspace.journal_path.exists():
        return []
    with Journal.open(workspace.journal_path) as journal:
        return [plain(d) for d in journal.decisions(example_id)]


def _decision_line(d: dict[str, Any]) -> str:
    from schemas.visible import visible

    what = f"took back {d['undoes']}" if d["undoes"] else d["verdict"]
    because = f": {d['reason']}" if d["reason"] else ""
    note = f" ({d['note']})" if d["note"] else ""
    return visible(f"decision {d['seq']} of {d['annotator']} at {d['decided_at']}: {what}{because}{note}")
