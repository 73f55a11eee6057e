"""Some rows of a JSON Lines file without parsing the others: single ones by their lines, or all behind a
line."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from curate.file_hash import blocks
from curate.sources.examples import example_maker, format_of
from curate.sources.files import LocatedFile
from curate.sources.readers.json_rows import json_row, jsonl_rows_after, reads_on
from curate.sources.rows import BadRow, RawRow
from curate.sources.shapes import conversation
from curate.sources.turns import Roles
from schemas.example import Example
from schemas.recipe import Recipe, Source

LineStarts = npt.NDArray[np.int64]

_SUFFIXES = (".jsonl", ".ndjson")
_NEWLINE = 10


def import_lines(
    file: LocatedFile, recipe: Recipe, lines: Sequence[int], starts: LineStarts | None = None
) -> list[Example] | None:
    """The examples on these lines, counted from 1 and ascending; None where the file is no plain JSON Lines,
    or one of the lines no example. Whoever asks must check that they are those of the whole file: a file
    that looks like JSON Lines may be read otherwise. `starts` are the file's `line_starts`, where known."""
    source = recipe.sources[file.source]
    if file.path is None or not _looks_like_lines(file, source):
        return None
    shape = format_of(source)
    roles = Roles.of_source(source.roles)
    make = example_maker(file.name, source, recipe)
    starts = line_starts(file.path, file.stamp) if starts is None else starts
    examples: list[Example] = []
    with file.path.open("rb") as stream:
        for line in lines:
            if line >= len(starts):
                return None
            stream.seek(int(starts[line - 1]))
            row = json_row(line, stream.read(int(starts[line] - starts[line - 1])))
            if row.problem is not None:
                return None
            try:
                examples.append(
                    make(line, row.fields, conversation(row.fields, shape, source.columns, roles))
                )
            except BadRow:
                return None
    file.check_unchanged()
    return examples


def can_be_resumed(file: LocatedFile, source: Source) -> bool:
    """Whether rows behind a line can be read alone, and stay what they are when the file grows."""
    return file.path is not None and _looks_like_lines(file, source) and reads_on(file.path)


def rows_after(file: LocatedFile, lines: int, starts: LineStarts) -> Iterator[RawRow]:
    """The rows behind so many lines of a file that can be resumed."""
    assert file.path is not None
    return jsonl_rows_after(file.path, int(starts[lines]), lines)


@lru_cache(maxsize=8)
def line_starts(path: Path, _stamp: tuple[int, int] | None) -> LineStarts:
    """Where each line of a file starts, and where the last one ends."""
    return _line_starts(path, 0)


def line_starts_on(path: Path, before: LineStarts) -> LineStarts:
    """The same of a file that has grown, by what it was before."""
    if len(before) < 2:
        return _line_starts(path, 0)
    last = before[-2]  # which had no end, maybe
    return np.concatenate([before[:-2], _line_starts(path, int(last))])


def _line_starts(path: Path, first: int) -> LineStarts:
    """From the line on that starts there. The file is not mapped: somebody may cut it short meanwhile."""
    size, start = path.stat().st_size, first
    found = [np.array([first], np.int64)]
    for block in blocks(path, first, size):
        found.append(np.flatnonzero(np.frombuffer(block, np.uint8) == _NEWLINE) + start + 1)
        start += len(block)
    if found[-1].size == 0 or found[-1][-1] != size:
        found.append(np.array([size]))
    return np.concatenate(found)


def _looks_like_lines(file: LocatedFile, source: Source) -> bool:
    return file.path is not None and file.path.suffix.lower() in _SUFFIXES and source.encoding is None
