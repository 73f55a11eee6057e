"""`train bisect`."""

from pathlib import Path
from typing import cast

import click

from curate.edge import json_option, print_json, recipe_option, say


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@recipe_option
@click.option(
    "--until",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.05,
    show_default=True,
    help="The share of the regression that may be left unexplained.",
)
@click.option("--seeds", type=click.IntRange(min=3), default=3, show_default=True, help="Runs of each arm.")
@click.option(
    "--by",
    default="stage,source,reviewer,cluster",
    show_default=True,
    help="What makes changed rows one group.",
)
@click.option(
    "--on", metavar="NAME", help="A split or slice of the audit; what got worse most when not given."
)
@click.option(
    "--max-runs", type=click.IntRange(min=0), help="Train at most so many; those that stand are free."
)
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Begin no run later.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write it as one page, too.")
@click.option("--plain", is_flag=True, help="Lines instead of a bar, on a terminal too.")
@json_option
def bisect(
    a: str,
    b: str,
    recipe_path: Path,
    until: float,
    seeds: int,
    by: str,
    on: str | None,
    max_runs: int | None,
    minutes: float | None,
    html: Path | None,
    plain: bool,
    as_json: bool,
) -> int:
    """Isolate the changed rows that made run B worse than run A, by retraining without them.

    Changed rows are put back to A's state in groups, halves of them first, and each such arm is trained with
    B's settings and the same seeds, until the smallest set of groups is left that explains the regression.
    Runs that stand are used, and none is repeated: stopped by Ctrl-C, a kill or its budget, the same command
    goes on from there. Exits with 1 where it is not explained. docs/audit.md tells the whole walk.
    """
    from schemas.visible import visible_line
    from train.bisecting.bisect import bisect as start
    from train.bisecting.groups import BY, By
    from train.bisecting.showing import on_stderr
    from train.bisecting.table import tables
    from train.bisecting.words import caveats, verdict
    from train.tables import show_titled

    named = tuple(part.strip() for part in by.split(",") if part.strip())
    if unknown := [one for one in named if one not in BY]:
        raise click.UsageError(f"--by: {', '.join(unknown)}; it takes {', '.join(BY)}")
    found = start(
        a,
        b,
        until=until,
        seeds=seeds,
        by=cast("tuple[By, ...]", named),
        on=on,
        max_runs=max_runs,
        minutes=minutes,
        recipe=recipe_path,
        shown=on_stderr(plain=plain),
    )
    if html is not None:
        found.to_html(html)
        say(f"page: {html}")
    if as_json:
        print_json(found.to_dict())
    else:
        show_titled(tables(found))
        for line in caveats(found):
            say(line)
        click.echo(visible_line(f"{found.a} → {found.b}: {verdict(found)}"))
        if found.verdict == "explained":
            say(f"next: train fix {found.a} {found.b}")
    return 0 if found.verdict == "explained" else 1
