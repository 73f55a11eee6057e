"""`train fix`."""

import subprocess
import sys
from pathlib import Path

import click

from curate.edge import json_option, print_json, recipe_option, say


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@recipe_option
@click.option("--top", type=click.IntRange(min=1), default=50, show_default=True, help="Suspects to look at.")
@click.option(
    "--review/--no-review",
    default=None,
    help="Open the queue at once; so on a terminal when neither is given.",
)
@click.option("--as", "annotator", help="Your name in the journal; the login name when not given.")
@click.option("--plain", is_flag=True, help="Review line by line; lines instead of a bar.")
@click.option("--continue", "go_on", is_flag=True, help="After the decisions: build, train and compare.")
@click.option("--seeds", type=click.IntRange(min=3), default=3, show_default=True, help="Runs to compare by.")
@click.option(
    "--until",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.05,
    show_default=True,
    help="The share of the regression that may remain.",
)
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Begin no run later.")
@json_option
def fix(
    a: str,
    b: str,
    recipe_path: Path,
    top: int,
    review: bool | None,
    annotator: str | None,
    plain: bool,
    go_on: bool,
    seeds: int,
    until: float,
    minutes: float | None,
    as_json: bool,
) -> int:
    """Mend what made run B worse than run A: review the changed rows, then build, retrain and compare.

    The rows of the groups that `train bisect A B` found guilty, else the first suspects of `train audit A B`,
    become the review queue `fix`. After the decisions `train fix A B --continue` builds, trains with B's
    settings and paired seeds, and tells whether the regression is gone: exit code 0, else 1.
    """
    if go_on:
        return _prove(a, b, recipe_path, seeds, until, minutes, plain, as_json)
    from schemas.visible import visible_line
    from train.mending.asking import ask

    asked = ask(a, b, recipe=recipe_path, top=top)
    version = asked.b.info.dataset_version
    say(f"queue `fix`, {len(asked.queue.rows):,} rows: {visible_line(asked.queue.title)}")
    if asked.gone:
        say(
            f"{asked.gone:,} of them are gone from B's data: `curate review --queue fix --version "
            f"{asked.a.info.dataset_version}` shows them, and keep brings back what was dropped"
        )
    if as_json:
        print_json({**asked.queue.model_dump(mode="json"), "here": asked.here, "gone": asked.gone})
    if review if review is not None else not as_json and sys.stdin.isatty() and sys.stdout.isatty():
        # The review stands above training in the order of imports: it is started, not imported.
        words = ["review", "--queue", "fix", "--version", version, "--run", asked.b.id]
        words += ["--recipe", str(recipe_path)]
        words += ["--as", annotator] if annotator else []
        words += ["--plain"] if plain else []
        ended = subprocess.run([sys.executable, "-P", "-m", "curate", *words], check=False)
        if ended.returncode:
            return ended.returncode
    else:
        say(f"next: curate review --queue fix --version {version} --run {asked.b.id}")
    say(f"then: train fix {asked.a.id} {asked.b.id} --continue")
    return 0


def _prove(
    a: str,
    b: str,
    recipe_path: Path,
    seeds: int,
    until: float,
    minutes: float | None,
    plain: bool,
    as_json: bool,
) -> int:
    from train.bisecting.showing import on_stderr
    from train.mending.proving import prove
    from train.mending.words import table, title, verdict
    from train.tables import show

    found = prove(
        a,
        b,
        recipe=recipe_path,
        seeds=seeds,
        until=until,
        minutes=minutes,
        shown=on_stderr(plain=plain),
    )
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo(title(found))
        show(table(found))
        click.echo(verdict(found))
    return 0 if found.verdict == "gone" else 1
