"""What may be done about rows that were rejected, by the reason, in the words of the recipe."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from curate.sources.column_names import UNMAPPED, suggestion
from curate.sources.encoding_guess import guess_encoding
from curate.sources.json_value import DUPLICATE_KEY, ambiguous_keys, parse_json
from curate.sources.readers.lines import TOO_LONG
from curate.sources.rejected import ByReason, Rejected
from curate.sources.rows import INVALID_UTF8, BadRow
from curate.sources.shapes import CONVERSATIONS, ITEMS, NO_ANSWER, NO_TEMPLATE, NO_USER, detect
from curate.sources.turns import NOT_TEXT, UNKNOWN_ROLE, WRONG_SHAPE, Roles, label_of
from schemas.recipe import Source

_WORTH_A_WORD = 0.02  # of a file's rows: a few that are damaged are no file in another encoding
_SHOWN_ROLES = 4
_LONGEST_ROLE = 32
_SHOWN_KEYS = 3
_SHOWN_COLUMNS = 12
_MARKERS = (
    "plain text does not say who asks and who answers: mark them, as with lines of `### Instruction:` and "
    "`### Response:`, or bring it into a table of two columns"
)

_TEXT = (
    "a question or answer must be text: write numbers as such (in pandas `astype(str)`), name a field of an "
    "object with dots in `columns` (`completion: answer.text`), and leave images and sound out"
)
_BY_COLUMN = re.compile(r'\s*\{\s*"[^"]*"\s*:\s*[{\[]')
_AS_LINES = (
    "lists by column and tables as pandas writes them are read up to 16 MiB: write a larger one as JSON "
    "Lines (in pandas `to_json(…, orient='records', lines=True)`)"
)


def mends(rejected: ByReason, rows: int, path: Path | None, source: Source) -> dict[str, str]:
    """A remedy by reason, for those that have one and are no rare ones among so many rows of a table, or need
    to be named. `path` is the table's file. May read the beginning of it; raises SourceError."""
    many = {
        reason: found
        for reason, found in rejected.items()
        if found.count >= _WORTH_A_WORD * rows or reason == DUPLICATE_KEY
    }
    words = {reason: _mend(reason, found, path, source) for reason, found in many.items()}
    return {reason: remedy for reason, remedy in words.items() if remedy}


def _mend(reason: str, found: Rejected, path: Path | None, source: Source) -> str | None:
    """The remedy for one reason, or None."""
    if reason == INVALID_UTF8:
        guess = guess_encoding(path)
        shared = path is not None and Path(source.path).name != path.name
        return guess.mend(source.encoding, shared=shared) if guess else None
    if reason == UNKNOWN_ROLE:
        return _roles(found, Roles.of_source(source.roles))
    if reason in (WRONG_SHAPE, NO_ANSWER, NO_USER):
        return _columns(found, named=reason != WRONG_SHAPE)
    if reason == NO_TEMPLATE:
        return _MARKERS
    if reason == NOT_TEXT:
        return _TEXT
    if reason == TOO_LONG:
        return _AS_LINES if found.lines == [1] and _BY_COLUMN.match(found.raws[0]) else None
    return _keys(found) if reason == DUPLICATE_KEY else None


def _columns(found: Rejected, *, named: bool) -> str | None:
    """For JSON rows with keys that no shape has. `named`: one of the keys is a side of a conversation."""
    try:
        row = parse_json(found.raws[0].encode("utf-8", "surrogatepass"))
    except BadRow:
        return None
    names = list(_names(row)) if isinstance(row, dict) and detect(row) is None else []
    if len(names) < 2:
        return None
    keys = ", ".join(f"`{name}`" for name in names[:_SHOWN_COLUMNS])
    return suggestion(names) or (
        None if named else f"none of its keys {keys} says question or answer: {UNMAPPED}"
    )


def _names(row: dict[str, Any]) -> Iterator[str]:
    """Its keys, and those of the objects in it, as a recipe names them."""
    for key, value in row.items():
        if isinstance(value, dict):
            yield from (f"{key}.{inner}" for inner in value)
        else:
            yield key


def _keys(found: Rejected) -> str:
    named = ", ".join(f"`{key}`" for key in sorted(set(_ambiguous(found.raws)))[:_SHOWN_KEYS]) or "a key"
    return (
        f"{named} stands twice in one object, with different values: keep the right one "
        "(`jq -c .` keeps the last one of each object)"
    )


def _ambiguous(raws: Iterable[str]) -> Iterator[str]:
    for raw in raws:
        try:
            yield from ambiguous_keys(raw.encode("utf-8", "surrogatepass"))
        except BadRow:  # it was cut
            continue


def _roles(found: Rejected, known: Roles) -> str:
    labels = sorted({label for raw in found.raws for label in _unknown_labels(raw, known)})[:_SHOWN_ROLES]
    if not labels:
        return "say whose such turns are in the source: `roles: {agent: assistant}`"
    named = ", ".join(f"{label}: …" for label in labels)
    said = "say of each in the source whether it is user, assistant, system or tool, or drop"
    return f"{said}: `roles: {{{named}}}`"


def _unknown_labels(raw: str, known: Roles) -> Iterator[str]:
    """Roles of a JSON row that are not known. A label is short: what is longer is a text, and not shown."""
    try:
        row = parse_json(raw.encode("utf-8", "surrogatepass"))
    except BadRow:
        return
    for key in ("messages", *CONVERSATIONS, ITEMS):
        turns = row.get(key) if isinstance(row, dict) else None
        for turn in turns if isinstance(turns, list) else []:
            label = label_of(turn) if isinstance(turn, dict) else ""
            if label and len(label) <= _LONGEST_ROLE and label not in known.of:
                yield label
