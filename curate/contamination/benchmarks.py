"""Benchmark files to passages: what of each line must not stand in the data.

A file's lines are numbered from 1: lines of text and JSONL, rows of CSV and TSV with their header, objects
of a JSON array or of all lists in an object, rows of Parquet. The passages of a line are the strings in it,
each apart. Of objects and tables with fields of the usual names (`question`, `prompt`, `choices`, …) only
these are read, so that a subject or a link that all lines share is no passage; `fields` names others. Where
a key or column stands twice, both of its values are passages: which one is meant, nobody can say, and
neither may stand in the data.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import Any

from curate.sources.readers.json_tables import rows_in
from curate.sources.readers.lines import MAX_LINE
from curate.sources.readers.streams import COMPRESSED, Stopped, chunks
from curate.sources.table import suffix_of
from schemas.errors import RecipeError, SourceError

Lines = list[tuple[str, ...]]

_NAMES = """
question prompt query problem input instruction instructions text content passage context story article
premise hypothesis sentence sentence1 sentence2 goal ctx answer answers output response completion solution
canonical_solution target targets choices options endings references messages conversations turns
"""
FIELDS = frozenset(_NAMES.split())


def read_benchmarks(paths: Sequence[str], root: Path, fields: Sequence[str] = ()) -> dict[str, Lines]:
    """The lines of each file, by its path as written; `root` is what paths are relative to.

    Raises RecipeError for a file that is not there, of another kind, or without any of `fields`; SourceError
    for one that cannot be read.
    """
    return {path: _read(path, root / path, fields) for path in paths}


def _read(name: str, path: Path, fields: Sequence[str]) -> Lines:
    reader = _READERS.get(suffix_of(path))
    if reader is None or (reader is _parquet_rows and path.suffix in COMPRESSED):
        raise RecipeError(
            f"decontaminate.benchmarks: {name}: cannot read files of kind {path.suffix!r}",
            f"save it as one of {', '.join(_READERS)}, the text ones also with {' or '.join(COMPRESSED)}",
        )
    if not path.is_file():
        raise RecipeError(
            f"decontaminate.benchmarks: {name}: no such file",
            f"put it at {path}, or take it out of the recipe",
        )
    try:
        values = list(reader(name, path))
    except UnicodeDecodeError as error:
        raise SourceError(f"benchmark {name}: cannot be read ({error})", "save it as UTF-8") from None
    except csv.Error as error:
        raise SourceError(f"benchmark {name}: no valid CSV ({error})", "save it as JSON Lines") from None
    except (OSError, Stopped) as error:
        raise SourceError(
            f"benchmark {name}: cannot be read ({error})", "fetch or write that file again"
        ) from None
    return _chosen(name, values, fields)


def _chosen(name: str, values: Sequence[Any], fields: Sequence[str]) -> Lines:
    """The passages of each line's value, of the fields that count."""
    objects = [value for value in values if isinstance(value, Mapping)]
    known = {key for value in objects for key in value}
    wanted = set(fields) or {key for key in known if key.casefold() in FIELDS}
    if objects and fields and not wanted & known:
        raise RecipeError(
            f"decontaminate.fields: {name} has none of {', '.join(fields)}",
            f"its fields are {', '.join(sorted(known)[:20])}",
        )
    return [tuple(_strings(_of_fields(value, wanted))) for value in values]


def _of_fields(value: Any, wanted: set[str]) -> Any:
    if not wanted or not isinstance(value, Mapping):
        return value
    return [part for key, part in value.items() if key in wanted]


def _strings(value: Any) -> Iterator[str]:
    """All strings in a JSON value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _strings(part)


def _text(path: Path) -> StringIO:
    """Decompressed, and decoded from UTF-8 or what its mark says. Raises UnicodeDecodeError, Stopped and
    SourceError."""
    return StringIO(b"".join(chunks(path)).decode(), newline="")


def _text_lines(_: str, path: Path) -> Iterator[str]:
    for line in _text(path):
        yield line.rstrip("\r\n")


def _json_lines(name: str, path: Path) -> Iterator[Any]:
    for number, line in enumerate(_text_lines(name, path), start=1):
        yield _json(name, f":{number}", line) if line.strip() else ()


def _json_file(name: str, path: Path) -> Iterable[Any]:
    whole = _json(name, "", _text(path).read())
    if not isinstance(whole, Mapping):
        return whole if isinstance(whole, list) else [whole]
    rows = rows_in(whole)
    if rows is not None:
        return rows
    lists = [value for value in whole.values() if isinstance(value, list)]
    is_row = any(key.casefold() in FIELDS for key in whole)
    return list(chain.from_iterable(lists)) if lists and not is_row else [whole]


def _json(name: str, where: str, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_joined)
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"benchmark {name}{where}: not valid JSON ({error})", "mend it there, or save the file as .txt"
        ) from None


def _joined(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of a key that stands twice, all of its values in one list."""
    fields: dict[str, Any] = {}
    for key, value in pairs:
        fields[key] = [*_listed(fields[key]), *_listed(value)] if key in fields else value
    return fields


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _csv_rows(_: str, path: Path) -> Iterator[Any]:
    """Rows as mappings where the first names fields that are known, else as their cells."""
    # The limit is the process's own, and the same wherever CSV is read.
    csv.field_size_limit(MAX_LINE)
    rows = csv.reader(_text(path), delimiter="\t" if suffix_of(path) == ".tsv" else ",")
    head = next(rows, [])
    if not any(cell.strip().casefold() in FIELDS for cell in head):
        yield head
        yield from rows
        return
    yield ()
    for cells in rows:
        yield _joined(zip(head, cells, strict=False))


def _parquet_rows(name: str, path: Path) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches():
                columns = [column.to_pylist() for column in batch.columns]
                for cells in zip(*columns, strict=True):
                    yield _joined(zip(batch.schema.names, cells, strict=True))
    except pa.ArrowInvalid as error:
        raise SourceError(f"benchmark {name}: not valid Parquet ({error})", "save the file again") from None


_READERS: dict[str, Callable[[str, Path], Iterable[Any]]] = {
    ".txt": _text_lines,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json_file,
    ".csv": _csv_rows,
    ".tsv": _csv_rows,
    ".parquet": _parquet_rows,
}
