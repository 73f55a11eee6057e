"""Commands around decisions: the review, and the journal as JSONL."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from curate.edge import journal_option, load_package, recipe_option, say


def _review_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What a review in the terminal and one in the browser are started with."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS: tuple[Callable[..., Any], ...] = (
    recipe_option,
    journal_option,
    click.option(
        "--queue",
        help="loss, gain, rise, noise, confidence, variability, forgotten, learned, ifd, flags, fix, drift, "
        "augmented, disagreement, pending, random; loss when there is a run.",
    ),
    click.option("--as", "annotator", help="Your name in the journal; the login name when not given."),
    click.option("--run", help="The run whose losses are shown; the latest when not given."),
    click.option("--version", "version_name", help="The dataset version; the current one when not given."),
    click.option("--blind", is_flag=True, help="Show nothing of what others decided."),
    click.option("--team", help="Deal the queue out among these annotators: --team ada,bob,eve."),
    click.option(
        "--overlap",
        type=click.FloatRange(0, 1),
        help="With --team, the share of examples that everyone gets; 0.1 when not given.",
    ),
    click.option(
        "--keys",
        type=click.Path(path_type=Path),
        help="Your own keys, a TOML file; siftune/keys.toml in $XDG_CONFIG_HOME or ~/.config when not given.",
    ),
    click.option(
        "--theme",
        type=click.Choice(["dark", "light", "contrast"]),
        default="dark",
        show_default=True,
        envvar="SIFTUNE_THEME",
        help="Colours of the screen; SIFTUNE_THEME sets them for good.",
    ),
)


@click.command()
@_review_options
@click.option("--plain", is_flag=True, help="Line by line, without a screen; works with a screen reader.")
@click.option(
    "--screen",
    help="Where to begin: overview, review, duplicates, pii, contradictions, family, losses, runs, votes, "
    "agreement, journal; with --plain review, duplicates, pii, contradictions or votes.",
)
def review(
    recipe_path: Path,
    queue: str | None,
    annotator: str | None,
    run: str | None,
    version_name: str | None,
    blind: bool,
    team: str | None,
    overlap: float | None,
    keys: Path | None,
    theme: str,
    plain: bool,
    screen: str | None,
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
        blind=blind,
        team=team,
        overlap=overlap,
        keys=keys,
        colours=theme,
        screen=screen,
    )
    return code


@click.command()
@_review_options
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 for any.")
def serve(
    recipe_path: Path,
    queue: str | None,
    annotator: str | None,
    run: str | None,
    version_name: str | None,
    blind: bool,
    team: str | None,
    overlap: float | None,
    keys: Path | None,
    theme: str,
    port: int,
) -> None:
    """Review in the browser, on this machine alone; each page opened is a review of its own."""
    import getpass

    options = {
        "queue": queue,
        "run": run,
        "version": version_name,
        "blind": blind,
        "team": team,
        "overlap": overlap,
        "keys": keys,
        "theme": theme,
    }
    load_package("tui.web.serve").serve(recipe_path, port, annotator or getpass.getuser(), options, say)


@click.group()
def decisions() -> None:
    """The journal of decisions as JSONL."""


@decisions.command("export")
@recipe_option
@journal_option
def decisions_export(recipe_path: Path) -> None:
    """Print every decision, oldest first, a JSON object a line."""
    from curate.journal import Journal
    from curate.workspace import Workspace

    with Journal.open(Workspace.open(recipe_path).journal) as journal:
        for line in journal.export_jsonl():
            click.echo(line)


@decisions.command("import")
@click.argument("file", type=click.File("rb"), default="-")
@recipe_option
@journal_option
def decisions_import(file: Any, recipe_path: Path) -> None:
    """Append decisions exported elsewhere, all or none; those already here are left out."""
    from curate.journal import Journal
    from curate.workspace import Workspace

    with Journal.open(Workspace.open(recipe_path).journal) as journal:
        say(f"{journal.import_jsonl(file):,} new decisions")
