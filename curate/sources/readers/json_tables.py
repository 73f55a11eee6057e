"""Rows in one JSON object that is no row itself, in the forms that people's tools write.

- one list of objects among other values: `{"version": 1, "data": [{…}, …], "errors": []}`
- lists of objects by split, among other values: `{"train": [{…}, …], "test": [{…}, …]}`
- lists of equal length by column: `{"question": ["…", …], "answer": ["…", …]}`
- cells by column and row, or by row and column, as pandas writes a table:
  `{"question": {"0": "…"}, "answer": {"0": "…"}}`, `{"0": {"question": "…", "answer": "…"}}`
"""

from collections.abc import Iterable
from typing import Any

from curate.sources.shapes import detect

_SPLITS = frozenset(
    ("train", "training", "validation", "valid", "val", "dev", "development", "test", "testing", "eval")
)


def rows_in(value: Any) -> list[Any] | None:
    """The rows in an object, or None where it is one itself."""
    if not isinstance(value, dict) or not value:
        return None
    values = list(value.values())
    rows = None
    if len(values) > 1 and all(isinstance(v, list) for v in values):
        rows = _of_lists(value)
    elif len(values) > 1 and all(isinstance(v, dict) and v for v in values):
        rows = _of_cells(value)
    if rows is not None or detect(value) not in (None, "text"):
        return rows
    lists = {key: v for key, v in value.items() if isinstance(v, list) and v and isinstance(v[0], dict)}
    if len(lists) == 1 or (lists and are_splits(lists)):
        return [row for rows in lists.values() for row in rows]
    return [] if not lists and [] in values else None


def are_splits(names: Iterable[str]) -> bool:
    return _SPLITS.issuperset(name.casefold() for name in names)


def _of_lists(value: dict[str, list[Any]]) -> list[Any] | None:
    lists = list(value.values())
    if are_splits(value):
        return [row for rows in lists for row in rows]
    lengths = {len(cells) for cells in lists}
    objects = any(isinstance(cell, dict) for cells in lists for cell in cells)
    if objects or lengths == {1} or len(lengths) != 1:
        return None
    return [dict(zip(value, cells, strict=True)) for cells in zip(*lists, strict=True)]


def _of_cells(value: dict[str, dict[str, Any]]) -> list[Any] | None:
    first = next(iter(value.values()))
    if any(cells.keys() != first.keys() for cells in value.values()):
        return None
    if detect(value) is not None or (detect(first) is None and all(map(str.isdigit, first))):
        return [{column: cells[row] for column, cells in value.items()} for row in first]
    if detect(first) is not None or all(map(str.isdigit, value)):
        return list(value.values())
    return None
