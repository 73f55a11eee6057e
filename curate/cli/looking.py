"""Commands that look: at one example, at a version, at two."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from curate.edge import journal_option, json_option, load_package, print_json, recipe_option

if TYPE_CHECKING:
    from curate.history.listing import Listing


@click.command()
@click.argument("name", metavar="ID")
@recipe_option
@journal_option
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


_SHOWN = 50
_limit = click.option(
    "--limit",
    type=click.IntRange(min=0),
    help=f"The most to print; {_SHOWN} when not given, all with --json.",
)


@click.command()
@click.argument("version_name", metavar="[VERSION]", required=False)
@recipe_option
@click.option("--stage", help="Of this stage alone.")
@click.option("--reason", help="For this reason alone, or its part before the colon.")
@_limit
@json_option
def dropped(
    version_name: str | None,
    recipe_path: Path,
    stage: str | None,
    reason: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """List the rows that were dropped: where each stood, why, and the row or line it was held against.

    Ids and places only: the text that a stage removed stands in no file of a version.
    """
    from curate.history import listing
    from curate.workspace import Workspace

    version = Workspace.open(recipe_path).version(version_name)
    _print_listing(listing.dropped(version, stage, reason, _at_most(limit, as_json)), "dropped", as_json)


@click.command()
@click.argument("version_name", metavar="[VERSION]", required=False)
@recipe_option
@click.option("--reason", help="For this reason alone, such as contradiction.")
@_limit
@json_option
def flagged(
    version_name: str | None, recipe_path: Path, reason: str | None, limit: int | None, as_json: bool
) -> None:
    """List the rows that were kept with a flag; both sides of a contradiction are one line."""
    from curate.history import listing
    from curate.workspace import Workspace

    version = Workspace.open(recipe_path).version(version_name)
    _print_listing(listing.flagged(version, reason, _at_most(limit, as_json)), "flagged", as_json)


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


def _at_most(limit: int | None, as_json: bool) -> int | None:
    return _SHOWN if limit is None and not as_json else limit


def _print_listing(found: "Listing", kind: str, as_json: bool) -> None:
    from curate.render import listing

    if as_json:
        print_json([entry.to_dict() for entry in found.entries])
    else:
        click.echo(listing(found, kind))


def _decisions(workspace: Any, example_id: str | None) -> list[dict[str, Any]]:
    from curate.journal import Journal, plain

    if example_id is None or not Journal.exists(workspace.journal):
        return []
    with Journal.open(workspace.journal) as journal:
        return [plain(d) for d in journal.decisions(example_id)]


def _decision_line(d: dict[str, Any]) -> str:
    from curate.statements import labels_in_words
    from schemas.visible import visible

    labels = labels_in_words(d["labels"])
    words = labels if labels != d["labels"] else [d["verdict"], *labels]  # a statement decides nothing
    what = f"took back {d['undoes']}" if d["undoes"] else ", ".join(words)
    because = f": {d['reason']}" if d["reason"] else ""
    note = f" ({d['note']})" if d["note"] else ""
    return visible(f"decision {d['seq']} of {d['annotator']} at {d['decided_at']}: {what}{because}{note}")
