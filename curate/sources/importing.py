"""Import: every row of every source as an Example with its identity, or a Reject with the reason."""

import difflib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from curate.sources.fields import group_key, json_safe, lookup, metadata_in, tags_in
from curate.sources.locate import HUB, locate, source_name
from curate.sources.rows import BadRow, RawRow
from curate.sources.shapes import KNOWN_KEYS, Conversation, Fields, conversation, detect
from curate.sources.table import Table, open_table
from schemas.errors import SourceError
from schemas.example import Example, hash_messages
from schemas.ledger import Reject
from schemas.manifest import SourceCount
from schemas.recipe import Format, Recipe, Source

_LABELS: dict[str, str] = {
    "messages": "OpenAI messages",
    "sharegpt": "ShareGPT",
    "alpaca": "Alpaca",
    "prompt_completion": "prompt and completion",
    "text": "template text",
    "columns": "mapped columns",
}
_UNKNOWN = "unknown format"
_MIXED = ", mixed"
TURN_FIELDS = "turn_fields"  # the metadata key for fields of turns that a message has no place for


@dataclass(frozen=True, slots=True)
class Imported:
    """Sources in the recipe's order, their files by path, rows by position. Each source's `rows` are its
    examples and its rejects."""

    examples: list[Example] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    sources: list[SourceCount] = field(default_factory=list)


def import_sources(recipe: Recipe, root: Path, say: Callable[[str], None]) -> Imported:
    """Everything that the recipe's sources hold; `root` is the recipe's folder. One line a file to `say`.

    Raises SourceError for a source that is absent, damaged as a whole, or a table without a conversation.
    A file that two sources match is imported with the first.
    """
    imported = Imported()
    seen: set[Path] = set()
    for number, source in enumerate(recipe.sources, start=1):
        for table in _tables(source, f"source {number}", recipe, root, seen, say):
            _import_table(table, source, recipe, imported)
            say(_line(imported.sources[-1]))
    return imported


def _tables(
    source: Source, where: str, recipe: Recipe, root: Path, seen: set[Path], say: Callable[[str], None]
) -> Iterator[Table]:
    if source.path.startswith(HUB):
        from curate.sources.hub import hub_tables

        yield from hub_tables(source.path, root)
        return
    located = locate(source.path, root, where, apart=root / recipe.workspace)
    for path in located.passed_over:
        say(f"{source_name(path, root)}: passed over, no format that is read")
    for path in located.files:
        name = source_name(path, root)
        if path.resolve() in seen:
            say(f"{name}: passed over, an earlier source has it")
            continue
        seen.add(path.resolve())
        yield open_table(path, name)


def _import_table(table: Table, source: Source, recipe: Recipe, imported: Imported) -> None:
    shape: Format = "columns" if source.columns and source.format == "auto" else source.format
    names = _check_columns(table, source, shape)
    shapes: Counter[str] = Counter()
    rows = rejected = 0
    for row in table.rows:
        rows += 1
        try:
            fields = _fields(row, names)
            found = conversation(fields, shape, source.columns)
        except BadRow as bad:
            rejected += 1
            imported.rejects.append(Reject(table.name, row.line, bad.reason, row.text))
            continue
        shapes[found.shape] += 1
        imported.examples.append(_example(table.name, row.line, fields, found, source, recipe))
    imported.sources.append(
        SourceCount(
            path=table.name, sha256=table.sha256(), format=_majority(shapes), rows=rows, rejected=rejected
        )
    )


def _fields(row: RawRow, names: dict[str, str]) -> Fields:
    if row.problem is not None:
        raise BadRow(row.problem)
    fields: Fields = row.fields
    return {names.get(key, key): value for key, value in fields.items()} if names else fields


def _example(
    name: str, line: int, fields: Fields, found: Conversation, source: Source, recipe: Recipe
) -> Example:
    tags_key = (source.columns and source.columns.tags) or "tags"
    group = source.columns and source.columns.group
    tags = tags_in(lookup(fields, tags_key))
    used = {*found.used, *([tags_key] if tags is not None else []), *([group] if group else [])}
    metadata = metadata_in(fields, used)
    if found.turn_fields:
        metadata[TURN_FIELDS] = [{"turn": index, **json_safe(rest)} for index, rest in found.turn_fields]
    grouping = dict.fromkeys((*recipe.split.group_by, *([group] if group else [])))
    return Example(
        example_id=hash_messages(found.messages),
        messages=found.messages,
        source=name,
        line=line,
        tags=tuple(dict.fromkeys((*source.tags, *(tags or ())))),
        priority=source.priority,
        group_key=group_key(lookup({**metadata, **fields}, key) for key in grouping),
        metadata=metadata,
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
    names = {c: known for c, known in names.items() if c == known or known not in table.columns}
    if shape == "auto" and detect(names.get(c, c) for c in table.columns) is None:
        raise SourceError(
            f"{table.name}: no conversation in its columns {', '.join(table.columns)}",
            "say which they are: `format: columns` and `columns: {prompt: …, completion: …}`",
        )
    return names


def _majority(shapes: Counter[str]) -> str:
    """The commonest shape, and whether there are others: `alpaca`, `alpaca, mixed`, or `unknown format`."""
    if not shapes:
        return _UNKNOWN
    commonest = max(sorted(shapes), key=shapes.__getitem__)
    return f"{commonest}{_MIXED if len(shapes) > 1 else ''}"


def _line(count: SourceCount) -> str:
    shape = count.format.removesuffix(_MIXED)
    label = _LABELS.get(shape, shape) + (_MIXED if count.format.endswith(_MIXED) else "")
    parts = [f"{count.rows:,} row{'' if count.rows == 1 else 's'}"]
    parts += [label] if count.rows else []
    parts += [f"{count.rejected:,} rejected"] if count.rejected else []
    return f"{count.path}: {', '.join(parts)}"
