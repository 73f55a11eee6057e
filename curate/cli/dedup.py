"""`curate dedup`: what several thresholds would remove, without a build."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from curate.edge import json_option, print_json, recipe_option, say

if TYPE_CHECKING:
    from curate.building.thresholds import Comparison

_SHOWN = 200  # characters of a text
_BEFORE = 60  # of them before the first difference


def _parsed(_: click.Context, __: click.Parameter, value: str) -> list[float]:
    try:
        thresholds = [float(part) for part in value.split(",")]
    except ValueError:
        thresholds = []
    if not thresholds or not all(0 < threshold <= 1 for threshold in thresholds):
        raise click.BadParameter(f"{value!r} is no list of numbers above 0 and up to 1, such as 0.7,0.8,0.9")
    return thresholds


@click.command()
@recipe_option
@click.option(
    "--thresholds",
    metavar="T,T,…",
    callback=_parsed,
    default="0.7,0.8,0.9",
    show_default=True,
    help="Jaccard similarities to compare.",
)
@click.option("--exact", is_flag=True, help="Find pairs by an exact join instead of MinHash; slower.")
@json_option
def dedup(recipe_path: Path, thresholds: list[float], exact: bool, as_json: bool) -> None:
    """Show what dedup would remove and flag at several thresholds; nothing is built.

    The rows are those that dedup sees in a build: imported, normalised, with the reviewers' edits. Between
    neighbouring thresholds, three pairs that only the lower one takes for duplicates.
    """
    from curate.building.thresholds import compare

    found = compare(recipe_path, thresholds, exact, say)
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo(_text(found))


def _text(found: "Comparison") -> str:
    from schemas.visible import visible_line as visible

    lines = ["threshold    rows in      exact       near       kept   contradictions   same answers"]
    for at in found.thresholds:
        lines.append(
            f"{at.threshold:>9g} {at.rows:>10,} {at.exact:>10,} {at.near:>10,} {at.kept:>10,} "
            f"{at.contradictions:>16,} {at.same_answers:>14,}"
        )
        if at.in_part:
            lines.append(f"          {at.in_part:,} rows stood among too many alike to be compared with all")
    for margin in found.margins:
        lines.append(f"duplicates at {margin.low:g} and not at {margin.high:g}: {margin.pairs:,}")
        for example in margin.examples:
            lines.append(f"  Jaccard {example.jaccard:.3f}")
            kept, dropped = _excerpts(example.kept, example.dropped)
            lines.append(f"    kept {visible(example.kept_place)}: {visible(kept)}")
            lines.append(f"    goes {visible(example.dropped_place)}: {visible(dropped)}")
    return "\n".join(lines)


def _excerpts(*texts: str) -> list[str]:
    """Each text on one line, from shortly before the place where they part."""
    lines = [" ".join(text.split()) for text in texts]
    parted = (at for at, (a, b) in enumerate(zip(*lines, strict=False)) if a != b)
    start = max(next(parted, min(map(len, lines))) - _BEFORE, 0)
    shown = [line[start : start + _SHOWN] for line in lines]
    return [
        f"{'…' * bool(start)}{part}{'…' * (start + _SHOWN < len(line))}"
        for part, line in zip(shown, lines, strict=True)
    ]
