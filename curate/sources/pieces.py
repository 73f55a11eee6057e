"""A JSON Lines file in pieces of so many lines, each of which is read without the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from curate.sources.files import LocatedFile
from curate.sources.importing import MOST_BYTES, ImportedBatch, SoFar, import_table
from curate.sources.readers.json_rows import jsonl_rows_after
from curate.sources.readers.lines import MAX_LINE
from curate.sources.rows import RawRow
from curate.sources.single_lines import can_be_resumed, line_starts
from curate.sources.table import Table
from schemas.recipe import Recipe, Source


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of a file: the byte where the first one starts, how many are in front of it, how many these
    are."""

    start: int
    before: int
    lines: int


def pieces_of(file: LocatedFile, source: Source, lines: int) -> list[Piece] | None:
    """The pieces that are the batches of the whole file, which has something in it. None where it is to be
    read in one go: it is no plain JSON Lines, or has huge rows."""
    if not can_be_resumed(file, source) or file.path is None:
        return None
    starts = line_starts(file.path, file.stamp)
    first = np.arange(0, len(starts) - 1, lines)
    ends = np.append(first[1:], len(starts) - 1)
    if (starts[ends] - starts[first]).max() > MOST_BYTES or np.diff(starts).max() > MAX_LINE:
        return None
    found = zip(starts[first].tolist(), first.tolist(), (ends - first).tolist(), strict=True)
    return [Piece(*piece) for piece in found]


def import_piece(file: LocatedFile, recipe: Recipe, piece: Piece) -> ImportedBatch:
    """The rows of a piece. Its `after` counts what was rejected, and the shapes, of this piece alone."""
    table = Table(file.name, _rows(file, piece), lambda: file.sha256 or "")
    batches = import_table(
        table, recipe.sources[file.source], recipe, piece.before + piece.lines, None, SoFar(piece.before)
    )
    return next(batches)


def _rows(file: LocatedFile, piece: Piece) -> Iterator[RawRow]:
    assert file.path is not None
    return islice(jsonl_rows_after(file.path, piece.start, piece.before), piece.lines)
