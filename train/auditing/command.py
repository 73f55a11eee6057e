"""`train audit`."""

from pathlib import Path

import click

from curate.edge import json_option, print_json, recipe_option, say
from schemas.errors import UsageError


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@recipe_option
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write it as one page, too.")
@click.option(
    "--measure",
    is_flag=True,
    help="Ask the models of both runs about the changed rows: surprise, gradient, embedding.",
)
@click.option(
    "--embedding",
    metavar="MODEL",
    help="With --measure: a sentence-transformers model, by folder or name, in the base model's place.",
)
@click.option(
    "--fail-on-regression",
    is_flag=True,
    help="Exit with 1 where B is worse; knowing it takes reruns of A.",
)
@json_option
def audit(
    a: str,
    b: str,
    recipe_path: Path,
    top: int,
    html: Path | None,
    measure: bool,
    embedding: str | None,
    fail_on_regression: bool,
    as_json: bool,
) -> int:
    """Tell what differs between the runs A and B, and what got worse from A to B.

    Settings that differ, changed examples with reason and who, losses of the examples that both measured, by
    split and by slice, with intervals; changed training rows that may be why. "Not enough evidence" is an
    answer. Trains nothing; loads the models with --measure alone, says how long that takes, and keeps what it
    measured. docs/audit.md says how to read it, and what it cannot say.
    """
    from train.auditing.audit import audit as compare
    from train.auditing.table import tables
    from train.auditing.words import caveats, verdict
    from train.tables import show_titled

    if embedding is not None and not measure:
        raise UsageError("--embedding without --measure", "add --measure")
    found = compare(a, b, recipe=recipe_path, measure=measure, embedding=embedding)
    if measure and found.measured is None:
        say("--measure: nothing got worse, or no training row changed: the models were not asked")
    if html is not None:
        found.to_html(html)
        say(f"page: {html}")
    if as_json:
        print_json(found.to_dict())
    else:
        show_titled(tables(found, top))
        for line in caveats(found):
            say(line)
        click.echo(f"{found.a.id} → {found.b.id}: {verdict(found)}")
        if len(found.suspects):
            say(f"next: train bisect {found.a.id} {found.b.id}, which retrains to prove which rows it was")
    if fail_on_regression and not found.noise.known:
        say("--fail-on-regression: without a rerun of A nothing can be called worse")
    return 1 if fail_on_regression and found.regression else 0
