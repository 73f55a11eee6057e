"""A table as it is where there is room for its columns; else a paragraph a row, which loses no figure.

validation
  examples 61 · A 0.4478 · B 0.4284
  B − A -0.0194 · verdict better or chance
"""

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Column, Table
from rich.text import Text

_BETWEEN, _INDENT = " · ", "  "
_GAP = 2  # between two columns
_FOLDED = 20  # columns of the terminal for a word that may be folded
_ENDLESS = 10_000


def fitted(table: RenderableType, console: Console, room: int) -> RenderableType:
    """`table`, or its paragraphs where its columns would be cut in `room` columns of the terminal."""
    if not isinstance(table, Table) or not table.row_count:
        return table
    needed = sum(_needed(column, console) for column in table.columns) + _GAP * (len(table.columns) - 1)
    return table if needed <= room else Text("\n").join(_paragraphs(table, room))


def _needed(column: Column, console: Console) -> int:
    """What it cannot do without: what it says itself, else its longest line where it is not to be wrapped,
    else its longest word, of which a path that may be folded needs no more than a part."""
    if column.min_width is not None:
        return column.min_width
    endless = console.options.update_width(_ENDLESS)
    cells = [console.measure(cell, options=endless) for cell in (column.header, *column.cells)]
    if column.no_wrap:
        return max(cell.maximum for cell in cells)
    widest = max(cell.minimum for cell in cells)
    return min(widest, _FOLDED) if column.overflow == "fold" else widest


def _paragraphs(table: Table, room: int) -> Iterator[Text]:
    """The first cell, its column's name only behind a number; below it the others with the names of theirs,
    as many to a line as fit."""
    first, *others = table.columns
    rows = zip(*(column.cells for column in table.columns), strict=True)
    for head, *cells in rows:
        counted = f" {first.header}" if first.justify == "right" else ""
        yield Text(f"{head}{counted}" or "–", style=first.header_style or "bold")
        line = Text(_INDENT)
        for column, cell in zip(others, cells, strict=True):
            part = _named(column, str(cell))
            if not part:
                continue
            begun = len(line) > len(_INDENT)
            if begun and cell_len(line.plain) + cell_len(_BETWEEN) + cell_len(part) > room:
                yield line
                line, begun = Text(_INDENT), False
            line.append(f"{_BETWEEN}{part}" if begun else part)
        yield line


def _named(column: Column, cell: str) -> str:
    """Nothing of an empty cell."""
    return f"{column.header} {cell}".strip() if cell else ""
