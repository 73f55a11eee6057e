"""A bisect as tables for the terminal. All that the data or people wrote passes the gate."""

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from schemas.visible import visible_line
from train.bisecting import words
from train.bisecting.record import Arm, Bisect

_GROUPS = 30


def tables(found: Bisect) -> Iterator[tuple[str, Table | None]]:
    """Each with the words that stand above it; None where there is nothing to list."""
    if found.target:
        yield f"about {words.about(found.target)}", None
    yield f"changed rows in {len(found.groups)} groups, most suspect first", _groups(found)
    if found.arms:
        for said, arms in words.by_round(found):
            title = f"arms, in the order in which they were tried ({words.budget(found)})"
            yield said or title, _arms(found, arms)


def _groups(found: Bisect) -> Table | None:
    if not found.groups:
        return None
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", "group", "rows"):
        table.add_column(name, overflow="fold")
    table.add_column("suspicion", justify="right")
    for at, one in enumerate(found.groups[:_GROUPS]):
        mark = "→" if at in found.guilty else ""
        table.add_row(mark, _cell(one.name), words.rows(one), f"{one.suspicion:.2f}")
    if len(found.groups) > _GROUPS:
        table.add_row("", f"and {len(found.groups) - _GROUPS} more", "", "")
    return table


def _arms(found: Bisect, arms: Sequence[Arm]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("put back", overflow="fold", min_width=24)
    for seed in found.seeds:
        table.add_column(f"seed {seed}", justify="right", no_wrap=True)
    table.add_column("remains", justify="right", no_wrap=True)
    table.add_column("")
    for one in arms:
        table.add_row(
            _cell("  " * words.depth(found, one) + words.arm(found, one)),
            *(f"{loss:.4f}" for loss in one.losses[: len(found.seeds)]),
            *["–"] * (len(found.seeds) - len(one.losses)),
            words.span(one.remains),
            one.outcome or "",
        )
    return table


def _cell(value: str) -> Text:
    # An indent is ours; the gate shows text on one line as it is.
    return Text(visible_line(value))
