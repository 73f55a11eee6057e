"""The `curate` command: parses, calls the API, prints. Data on stdout, words on stderr."""

import sys
from pathlib import Path
from typing import Any, Literal

import click

from curate.edge import json_option, load_package, recipe_option, run_cli, say
from schemas.canonical import to_json


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="siftune", prog_name="curate")
def group() -> None:
    """Sift the data: raw files and decisions in, one dataset version out.

    Every command takes --debug, which shows the traceback of an error.
    """


def main() -> None:
    run_cli(group)


@group.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def init(folder: Path) -> None:
    """Make a workspace in DIR with a commented recipe."""
    from curate.start import init as make

    say(f"wrote {make(folder)}; put your files into {folder / 'raw'}, then run `curate build` there")


@group.command()
@recipe_option
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), help="Processes; all cores when not given.")
@click.option("--check", is_flag=True, help="Exit 1 when a gate fails: leaks, empty splits.")
@json_option
def build(
    recipe_path: Path, engine: Literal["local", "ray"], jobs: int | None, check: bool, as_json: bool
) -> None:
    """Build a dataset version; the same inputs give the same version."""
    from curate.building.build import build as make
    from curate.render import funnel

    version = make(recipe_path, engine=engine, jobs=jobs, check=check)
    click.echo(version.manifest.to_json() if as_json else funnel(version))


@group.command()
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
        _print_json({**told.to_dict(), "decisions": decisions, "runs": [r.to_dict() for r in runs]})
        return
    click.echo(story(told))
    for d in decisions:
        click.echo(_decision_line(d))
    for run in runs:
        click.echo(run.text())


@group.command()
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
        _print_json(told.to_dict())
    else:
        click.echo(messages(told.example.messages))


@group.command()
@recipe_option
@json_option
def versions(recipe_path: Path, as_json: bool) -> None:
    """List the dataset versions, oldest first."""
    from curate.workspace import Workspace

    workspace = Workspace.open(recipe_path)
    manifests = [workspace.version(v).manifest for v in workspace.versions()]
    if as_json:
        _print_json([m.model_dump(mode="json", by_alias=True) for m in manifests])
        return
    for m in manifests:
        splits = "  ".join(f"{name} {n:>6,}" for name, n in m.splits.items())
        click.echo(f"{m.version}  rows {m.rows_in:>7,}  kept {m.kept:>7,}  {splits}")


@group.command()
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
        _print_json(found.to_dict())
    else:
        click.echo(text(found, everything))


@group.command()
@recipe_option
@click.option("--queue", help="loss, gain, rise, flags, pending or random; loss when there is a run.")
@click.option("--as", "annotator", help="Your name in the journal; the login name when not given.")
@click.option("--run", help="The run whose losses are shown; the latest when not given.")
@click.option("--version", "version_name", help="The dataset version; the current one when not given.")
@click.option("--plain", is_flag=True, help="Line by line, without a screen; works with a screen reader.")
def review(
    recipe_path: Path,
    queue: str | None,
    annotator: str | None,
    run: str | None,
    version_name: str | None,
    plain: bool,
) -> int:
    """Review examples in the terminal; every decision is on disk before the screen moves on."""
    import getpass

    app = load_package("tui.app")
    code: int = app.review(
        recipe_path,
        queue=queue,
        annotator=annotator or getpass.getuser(),
        plain=plain,
        run=run,
        version=version_name,
    )
    return code


@group.group()
def decisions() -> None:
    """The journal of decisions as JSONL."""


@decisions.command("export")
@recipe_option
def decisions_export(recipe_path: Path) -> None:
    """Print every decision, oldest first, a JSON object a line."""
    from curate.journal import Journal
    from curate.workspace import Workspace

    with Journal.open(Workspace.open(recipe_path).journal_path) as journal:
        for line in journal.export_jsonl():
            click.echo(line)


@decisions.command("import")
@click.argument("file", type=click.File("rb"), default="-")
@recipe_option
def decisions_import(file: Any, recipe_path: Path) -> None:
    """Append decisions exported elsewhere, all or none; those already here are left out."""
    from curate.journal import Journal
    from curate.workspace import Workspace

    with Journal.open(Workspace.open(recipe_path).journal_path) as journal:
        say(f"{journal.import_jsonl(file):,} new decisions")


@group.command()
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


@group.command()
def schema() -> None:
    """Print the JSON Schema of a recipe, for editors."""
    from schemas.recipe import Recipe

    _print_json(Recipe.model_json_schema())


def _decisions(workspace: Any, example_id: str | None) -> list[dict[str, Any]]:
    from curate.journal import Journal, plain

    if example_id is None or not workspace.journal_path.exists():
        return []
    with Journal.open(workspace.journal_path) as journal:
        return [plain(d) for d in journal.decisions(example_id)]


def _decision_line(d: dict[str, Any]) -> str:
    from curate.render import visible

    what = f"took back {d['undoes']}" if d["undoes"] else d["verdict"]
    because = f": {d['reason']}" if d["reason"] else ""
    note = f" ({d['note']})" if d["note"] else ""
    return visible(f"decision {d['seq']} of {d['annotator']} at {d['decided_at']}: {what}{because}{note}")


def _print_json(value: Any) -> None:
    sys.stdout.write(to_json(value) + "\n")
