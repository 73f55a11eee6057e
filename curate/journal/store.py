"""What a journal's store does, and the row that all stores share."""

import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, Protocol, cast

from schemas.decision import VERDICTS, Decision, Verdict
from schemas.errors import UsageError
from schemas.example import Message

COLUMNS = (
    "seq, example_id, annotator, verdict, labels, messages, reason, note, "
    "dataset_version, run, undoes, decided_at, batch"
)
LOCK_WAIT_MS = 5000
Fields = dict[str, Any]
Row = tuple[Any, ...]


class Store(Protocol):
    """A table of decisions. Every method raises JournalError when it cannot do what it says.

    `seq` grows in the order in which rows become visible: who has read up to a seq has missed nothing
    before it, whoever writes at the same time.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """What is inserted inside is there whole when it ends, or not at all. May be nested."""
        ...

    def insert(self, rows: Sequence[Fields]) -> list[Row]:
        """Adds all rows or none, and returns them with their seqs; durable on return outside transactions."""
        ...

    def select(self, example_id: str | None, annotator: str | None, after: int) -> list[Row]:
        """Rows behind the seq `after` in order of seq, of one example or annotator where given."""
        ...

    def page(self, names: str, after: int, size: int) -> list[Row]:
        """Of so many rows behind the seq `after` these columns, in order of seq."""
        ...

    def close(self) -> None: ...


def selection(mark: str, example_id: str | None, annotator: str | None, after: int) -> tuple[str, Row]:
    """The query of `Store.select` and its values; `mark` is the placeholder of the database's driver."""
    wanted = [("seq >", after or None), ("example_id =", example_id), ("annotator =", annotator)]
    given = [(name, value) for name, value in wanted if value is not None]
    where = " AND ".join(f"{name} {mark}" for name, _ in given)
    query = f"SELECT {COLUMNS} FROM decisions {'WHERE ' + where if where else ''} ORDER BY seq"
    return query, tuple(value for _, value in given)


def paging(mark: str, names: str) -> str:
    """The query of `Store.page`."""
    return f"SELECT {names} FROM decisions WHERE seq > {mark} ORDER BY seq LIMIT {mark}"


def decision_of(row: Row) -> Decision:
    """Texts that many decisions share are kept once: a review holds all that its annotator made."""
    seq, example_id, annotator, verdict, labels, messages, *rest = row
    reason, note, version, run, undoes, decided_at, batch = rest
    return Decision(
        seq=seq,
        example_id=example_id,
        annotator=sys.intern(annotator),
        verdict=cast(Verdict, sys.intern(verdict)),
        labels=_labels(labels),
        messages=tuple(Message.from_dict(m) for m in json.loads(messages)) if messages else None,
        reason=_once(reason),
        note=note,
        dataset_version=_once(version),
        run=_once(run),
        undoes=undoes,
        decided_at=decided_at,
        batch=_once(batch),
    )


@lru_cache(maxsize=4096)
def _labels(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _once(text: str | None) -> str | None:
    return None if text is None else sys.intern(text)


def check(annotator: str, verdict: str, messages: tuple[Message, ...] | None, undoes: int | None) -> None:
    """Raises UsageError for a decision that makes no sense."""
    if verdict not in VERDICTS:
        raise UsageError(f"{verdict!r} is no verdict", f"use one of {', '.join(VERDICTS)}")
    if not annotator.strip():
        raise UsageError("a decision needs an annotator's name", "give one with --as NAME")
    if undoes is None and (verdict == "edit") != (messages is not None):
        raise UsageError("an edit has messages, and nothing else has", "pass messages with verdict 'edit'")


def check_text(fields: Fields) -> None:
    """Raises UsageError for characters that no database of text takes, or not each."""
    for name, value in fields.items():
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError:
                raise UsageError(f"{name} has half of a surrogate pair", "take that character out") from None
            if "\0" in value:
                raise UsageError(f"{name} has a NUL character", "take that character out")
