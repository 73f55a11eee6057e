"""Import: every row of every source as an Example with its identity, or a Reject with the reason."""

import difflib
import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from curate.sources.column_names import UNMAPPED, suggestion, without_names
from curate.sources.described import MIXED
from curate.sources.encoding_guess import guess_encoding
from curate.sources.examples import example_maker, format_of
from curate.sources.files import LocatedFile, located_files
from curate.sources.rejected import ByReason, add_rejects
from curate.sources.rows import BadRow, RawRow
from curate.sources.shapes import ITEMS, KNOWN_KEYS, Conversation, Fields, conversation, detect
from curate.sources.single_lines import LineStarts, rows_after
from curate.sources.table import Table, open_table
from curate.sources.telling import Telling
from curate.sources.turns import Roles
from schemas.errors import SourceError
from schemas.example import Example
from schemas.ledger import Reject
from schemas.manifest import SourceCount
from schemas.recipe import Format, Recipe, Source

IMPORT_VERSION = 7  # goes up when the same bytes give other examples or rejects: what was kept is then stale
BATCH_ROWS = 2048
MOST_BYTES = 64 * 2**20  # a batch of huge rows ends early, so that memory stays bounded

Observe = Callable[[Fields, Conversation], None]
_UNKNOWN = "unknown format"


@dataclass(frozen=True, slots=True)
class SoFar:
    """How far a table was read: its rows, how many of them are no examples, and the others by shape."""

    rows: int = 0
    rejected: int = 0
    shapes: Mapping[str, int] = field(default_factory=dict)


NOTHING_YET = SoFar()


@dataclass(slots=True)
class ImportedBatch:
    """Rows of one table, in its order: `examples` and `rejects` together are all of them. `before` is how far
    the table was read when the batch began, `after` when it ended. `count` is the whole table's, and stands
    in its last batch alone; a table without rows is one empty batch."""

    before: SoFar
    after: SoFar = NOTHING_YET
    examples: list[Example] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    count: SourceCount | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """Sources in the recipe's order, their files by path, rows by position. Each source's `rows` are its
    examples and its rejects."""

    examples: list[Example] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    sources: list[SourceCount] = field(default_factory=list)


def import_sources(recipe: Recipe, root: Path, say: Callable[[str], None]) -> Imported:
    """Everything that the recipe's sources hold, at once; else as `import_batches`."""
    imported = Imported()
    for batch in import_batches(recipe, root, say):
        imported.examples.extend(batch.examples)
        imported.rejects.extend(batch.rejects)
        imported.sources.extend([batch.count] if batch.count else [])
    return imported


def import_batches(
    recipe: Recipe, root: Path, say: Callable[[str], None], batch_rows: int = BATCH_ROWS
) -> Iterator[ImportedBatch]:
    """Everything that the recipe's sources hold, file after file in batches of `batch_rows` rows or, where
    rows are huge, fewer. `root` is the recipe's folder. Files are told of to `say`.

    Raises SourceError for a source that is absent, damaged as a whole, or a table without a conversation.
    """
    telling = Telling(say)
    rejected: ByReason = {}
    for file in located_files(recipe, root, say):
        for batch in import_file(file, recipe, root, batch_rows):
            yield batch
            add_rejects(rejected, batch.rejects)
            if batch.count:
                telling.read(batch.count, rejected, file.path, recipe.sources[file.source])
                rejected = {}
    telling.end()


def import_file(
    file: LocatedFile,
    recipe: Recipe,
    root: Path,
    batch_rows: int = BATCH_ROWS,
    observe: Observe | None = None,
) -> Iterator[ImportedBatch]:
    """The batches of one file, or of all splits of an `hf:` dataset. `observe` sees the fields of every row
    that becomes an example, and what was found in them. Raises SourceError."""
    for table in checked_tables(file, recipe, root):
        yield from import_table(table, recipe.sources[file.source], recipe, batch_rows, observe)
    file.check_unchanged()


def checked_tables(file: LocatedFile, recipe: Recipe, root: Path) -> Iterator[Table]:
    """The tables of a file, open, of which no row was read. Raises SourceError for one that is damaged as a
    whole, or whose columns hold no conversation."""
    source = recipe.sources[file.source]
    for table in _tables(file, root, source.encoding):
        _check_header(table, file.path, source)
        _check_columns(table, source, format_of(source))
        yield table


def import_on(
    file: LocatedFile, recipe: Recipe, before: SoFar, starts: LineStarts, batch_rows: int = BATCH_ROWS
) -> Iterator[ImportedBatch]:
    """The batches of a file behind those that end with `before`, the `before` of a batch with rows: for files
    that `can_be_resumed`. `starts` are its `line_starts`."""
    table = Table(file.name, rows_after(file, before.rows, starts), lambda: file.sha256 or "")
    yield from import_table(table, recipe.sources[file.source], recipe, batch_rows, None, before)
    file.check_unchanged()


def _tables(file: LocatedFile, root: Path, encoding: str | None) -> Iterator[Table]:
    if file.path is None:
        from curate.sources.hub import hub_tables

        yield from hub_tables(file.name, root)
    else:
        yield open_table(file.path, file.name, file.sha256 or "", encoding)


def import_table(
    table: Table,
    source: Source,
    recipe: Recipe,
    batch_rows: int,
    observe: Observe | None,
    before: SoFar = NOTHING_YET,
) -> Iterator[ImportedBatch]:
    """The batches of an open table, of which so much was read `before`."""
    shape = format_of(source)
    names = _check_columns(table, source, shape)
    roles = Roles.of_source(source.roles)
    make = example_maker(table.name, source, recipe)
    shapes = Counter(before.shapes)
    rows, rejected = before.rows, before.rejected
    ended = False
    while not ended:
        batch = ImportedBatch(SoFar(rows, rejected, dict(shapes)))
        size = 0
        with _uncollected():
            ended = True
            for row in table.rows:
                rows += 1
                try:
                    fields = _fields(row, names)
                    found = conversation(fields, shape, source.columns, roles)
                except BadRow as bad:
                    rejected += 1
                    batch.rejects.append(Reject(table.name, row.line, bad.reason, row.text))
                else:
                    shapes[found.shape] += 1
                    batch.examples.append(make(row.line, fields, found))
                    if observe is not None:
                        observe(fields, found)
                size += row.size if row.raw is None else len(row.raw)
                if not rows % batch_rows or size > MOST_BYTES:
                    ended = False
                    break
        batch.after = SoFar(rows, rejected, dict(shapes))
        if ended:
            batch.count = counted(table.name, table.sha256(), batch.after)
        yield batch


def counted(name: str, sha256: str, whole: SoFar) -> SourceCount:
    """The count of a table that was read as a whole."""
    return SourceCount(
        path=name, sha256=sha256, format=_majority(whole.shapes), rows=whole.rows, rejected=whole.rejected
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: a batch is many objects, none of them in a cycle, and looking through
    them takes a fifth of the import's time."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def _fields(row: RawRow, names: dict[str, str]) -> Fields:
    if row.problem is not None:
        raise BadRow(row.problem)
    fields: Fields = row.fields
    return {names.get(key, key): value for key, value in fields.items()} if names else fields


def _check_header(table: Table, path: Path | None, source: Source) -> None:
    """Raises SourceError where the names of columns are in another encoding: no recipe could name them."""
    if any("\ud800" <= c <= "\udfff" for name in table.columns or () for c in name):
        guess = guess_encoding(path)
        raise SourceError(
            f"{table.name}: its header is no {source.encoding or 'UTF-8'}",
            guess.mend(source.encoding) if guess else "bring the file to UTF-8",
        )


def _check_columns(table: Table, source: Source, shape: Format) -> dict[str, str]:
    """New names for the columns of a table, so that `Question` is `question`. Raises SourceError where the
    columns hold no conversation: then no row of the table would."""
    if table.columns is None or not table.columns:
        return {}
    if shape == "columns" and source.columns:
        for column in (source.columns.prompt, source.columns.completion):
            if column not in table.columns and column.partition(".")[0] not in table.columns:
                nearest = difflib.get_close_matches(column, table.columns, n=1, cutoff=0.5)
                raise SourceError(
                    f"{table.name}: no column {column!r}; there are {', '.join(table.columns)}",
                    f"did you mean {nearest[0]!r}?" if nearest else "mend `columns` of that source",
                )
        return {}
    names = {c: c.strip().lower() for c in table.columns if c.strip().lower() in KNOWN_KEYS}
    names = {c: known for c, known in names.items() if known not in table.columns}
    if shape == "auto" and detect(names.get(c, c) for c in table.columns if c != ITEMS) is None:
        raise SourceError(
            f"{table.name}: no conversation in its columns {', '.join(table.columns)}",
            suggestion(table.columns) or without_names(table.columns) or UNMAPPED,
        )
    return names


def _majority(shapes: Mapping[str, int]) -> str:
    """The commonest shape, and whether there are others: `alpaca`, `alpaca, mixed`, or `unknown format`."""
    if not shapes:
        return _UNKNOWN
    commonest = max(sorted(shapes), key=shapes.__getitem__)
    return f"{commonest}{MIXED if len(shapes) > 1 else ''}"
