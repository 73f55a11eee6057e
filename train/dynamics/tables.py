"""What `train losses`, `train map` and `train ifd` print: tables for people, plain data for scripts."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import IO, Any

from rich.table import Table

from schemas.errors import UsageError
from train.dynamics.columns import Signal
from train.dynamics.ifd import Difficulty
from train.dynamics.noise import PARTS
from train.queue import QueueItem

TEXT = "text"
NAMES = tuple(field.name for field in fields(QueueItem) if field.name not in ("by", "signal"))
_USUAL = ("example_id", "split", "loss", "gain", "rise", "n_tokens", "step", "truncated")
_HEADINGS = {"example_id": "example", "n_tokens": "tokens", "truncated": "cut"} | {
    f"noise_{part}": part for part in PARTS
}
_LESS = ("gain", "rise", "n_tokens", "step", "truncated")
_WORDS = ("example_id", "split", "region", "truncated", "label", "predicted", TEXT)
_LEAST = 20  # columns of a terminal that a text has
_FORMULA = re.compile(r"[=+\-@\t\r\n](?!\d+(?:\.\d+)?\Z)")  # numbers are none
_SHOWN_WITH: dict[Signal, tuple[str, ...]] = {
    "noise": tuple(f"noise_{part}" for part in PARTS),
    "mistaken": ("label", "predicted", "probability"),
}


def chosen_columns(by: Signal, named: str | None, text: bool) -> tuple[str, ...]:
    """The columns that were asked for, comma-separated; by default the usual ones, and the signal with its
    parts. Raises UsageError for one that there is not."""
    if named is not None:
        columns = tuple(name.strip() for name in named.split(",") if name.strip())
        unknown = [name for name in columns if name not in (*NAMES, TEXT)]
        if unknown:
            raise UsageError(f"no column is called {unknown[0]!r}", f"use {', '.join((*NAMES, TEXT))}")
        return columns
    if by in _USUAL:
        columns = _USUAL
    else:
        parts = _SHOWN_WITH.get(by, ())
        columns = ("example_id", "split", by, *parts, "loss", "gain", "n_tokens", "truncated")
    # Beside a text there is room for little else.
    return (*(name for name in columns if name not in _LESS), TEXT) if text else columns


def losses_data(items: Sequence[QueueItem], texts: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Every field of every item; with `texts`, its beginning too."""
    return [asdict(item) | ({} if texts is None else {TEXT: texts.get(item.example_id)}) for item in items]


def write_csv(
    items: Sequence[QueueItem], columns: Sequence[str], texts: Mapping[str, str], out: IO[str]
) -> None:
    """A header and a row per item; an empty field where a number is unknown. A text that a spreadsheet would
    take for a formula has an apostrophe in front (OWASP, CSV injection)."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for item in items:
        writer.writerow([_cell(_value(item, name, texts)) for name in columns])


def losses_table(items: Sequence[QueueItem], columns: Sequence[str], texts: Mapping[str, str]) -> Table:
    """Worst first. Losses in nats per trained token."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    rows = [[_shown(name, _value(item, name, texts)) for name in columns] for item in items]
    for index, name in enumerate(columns):
        heading = _HEADINGS.get(name, name)
        widest = max(len(cell) for cell in (heading, *(row[index] for row in rows)))
        table.add_column(
            heading,
            justify="left" if name in _WORDS else "right",
            no_wrap=True,
            overflow="ellipsis",
            # Where the terminal is narrow, the text gives way.
            min_width=min(widest, _LEAST) if name == TEXT else widest,
        )
    for row in rows:
        table.add_row(*row)
    return table


def difficulty_table(found: Sequence[Difficulty]) -> Table:
    table = Table("split", "model", box=None, pad_edge=False, header_style="bold")
    for name in ("examples", "median IFD", "1 or above"):
        table.add_column(name, justify="right")
    for row in found:
        table.add_row(row.split, row.model, f"{row.examples:,}", f"{row.median:.3f}", f"{row.not_helped:,}")
    return table


def _value(item: QueueItem, name: str, texts: Mapping[str, str]) -> Any:
    return texts.get(item.example_id) if name == TEXT else getattr(item, name)


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _shown(name: str, value: Any) -> str:
    if name == "truncated":
        return "cut" if value else ""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.2f}" if name.startswith("noise") or name == "learned" else f"{value:.4f}"
