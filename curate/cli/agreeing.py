"""`curate agreement`: how far annotators agree, with intervals, and where they do not."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curate.edge import journal_option, json_option, print_json, recipe_option

if TYPE_CHECKING:
    from curate.agreement.coefficient import Coefficient
    from curate.agreement.over_time import Span, Step
    from curate.agreement.report import Measures, Pair, Report

_NAME = 28  # columns of the first field


@click.command()
@recipe_option
@journal_option
@click.option(
    "--as", "annotator", help="One annotator alone: the pairs that they are part of, and how it changed."
)
@click.option("--labels", is_flag=True, help="Agreement on each label too: given or not given.")
@click.option(
    "--by",
    "step",
    type=click.Choice(["hundred", "week"]),
    default="hundred",
    show_default=True,
    help="The steps in which --as shows time: a hundred decisions, or a week.",
)
@json_option
def agreement(recipe_path: Path, annotator: str | None, labels: bool, step: "Step", as_json: bool) -> None:
    """Say how far annotators agree: Cohen's kappa by pair, Fleiss' kappa, Krippendorff's alpha.

    From each one's decision in force on an example; adjudications are left out. Intervals are 95 %, from
    2,000 bootstrap resamples of the examples. --json has everything: labels, and time of all annotators.
    """
    from curate.agreement.report import report
    from curate.journal import Journal
    from curate.workspace import Workspace

    with Journal.open(Workspace.open(recipe_path).journal) as journal:
        found = report(journal.decisions(), annotator, step)
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo("\n".join(_lines(found, annotator, labels)))


def _lines(found: "Report", annotator: str | None, labels: bool) -> Iterator[str]:
    from curate.agreement.words import drift
    from schemas.visible import visible_line

    for who in found.annotators:
        shared = f"{who.shared:>8,} of them by others too"
        yield f"{visible_line(who.name):<{_NAME}}{who.decided:>8,} decided{shared}"
    yield ""
    if not found.shared:
        yield _nothing_shared(found)
        return
    yield f"{found.shared:,} of {found.examples:,} examples were decided by two or more"
    if found.conflicts:
        yield f"{len(found.conflicts):,} in conflict: `curate review --queue disagreement` settles them"
    if found.adjudicated:
        yield f"{found.adjudicated:,} adjudicated; compared is what was decided before"
    yield from ("", "Verdicts")
    yield from _measures(found.verdicts, len(found.annotators))
    if labels and not found.labels:
        yield from ("", "No decision carries a label.")
    for label, measures in found.labels.items() if labels else ():
        yield from ("", f"Label {visible_line(label)}")
        yield from _measures(measures, len(found.annotators))
    if annotator is not None:
        yield from ("", f"{visible_line(annotator)} against the others over time")
        yield from map(_span, found.over_time[annotator])
        yield f"  {drift(found.drift[annotator])}"


def _nothing_shared(found: "Report") -> str:
    names = len(found.annotators)
    if names < 2:
        who = found.annotators[0].name + " alone" if names else "nobody"
        return f"{who} has decided anything: agreement needs two annotators, `curate review --as NAME`"
    return "no example was decided by two: let them review the same queue, such as `--queue random`"


def _measures(measures: "Measures", annotators: int) -> Iterator[str]:
    for pair in measures.pairs:
        yield from _pair(pair, measures.categories)
    if annotators > 2:
        yield _line("Fleiss' kappa", measures.fleiss, "by all")
    yield _line("Krippendorff's alpha", measures.alpha, "by two or more")


def _pair(pair: "Pair", categories: tuple[str, ...]) -> Iterator[str]:
    from schemas.visible import visible_line

    left, right = visible_line(pair.left), visible_line(pair.right)
    yield f"  {left} and {right}"
    if not pair.kappa.n:
        yield "    no example that both decided"
        return
    yield _line("  Cohen's kappa", pair.kappa, "by both")
    yield f"{'':<{_NAME}}" + "".join(f"{f'{right}: {name}':>{_width(right)}}" for name in categories)
    for name, row in zip(categories, pair.table, strict=True):
        yield f"    {f'{left}: {name}':<{_NAME - 4}}" + "".join(f"{n:>{_width(right)},}" for n in row)


def _width(name: str) -> int:
    return len(name) + len(": not given") + 2


def _line(name: str, found: "Coefficient", by: str) -> str:
    from curate.agreement.words import coefficient

    return f"  {name:<{_NAME - 2}}{coefficient(found, by)}"


def _span(found: "Span") -> str:
    from curate.agreement.words import span

    return f"  {found.when:<{_NAME - 2}}{span(found)}"
