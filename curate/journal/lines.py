"""Decisions as the lines of `curate decisions export`, a JSON object each, and back."""

from collections.abc import Mapping
from typing import Any

import orjson

from curate.journal.store import Fields, check
from schemas.canonical import to_json
from schemas.decision import Decision
from schemas.errors import UsageError


def plain(decision: Decision) -> dict[str, Any]:
    """The decision as plain JSON values, keys as the table's columns."""
    fields = {name: getattr(decision, name) for name in decision.__slots__}
    fields["labels"] = list(decision.labels)
    fields["messages"] = [m.to_dict() for m in decision.messages] if decision.messages is not None else None
    return fields


def columns(fields: Mapping[str, Any]) -> Fields:
    """Of a decision's plain values, those of the table's columns; the seq is the table's own."""
    texts = {
        "labels": to_json(fields["labels"] or []),
        "messages": to_json(fields["messages"]) if fields["messages"] is not None else None,
    }
    return {name: value for name, value in {**fields, **texts}.items() if name != "seq"}


def identity(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes two rows of two journals the same decision."""
    return tuple(str(fields[name]) for name in ("example_id", "annotator", "verdict", "decided_at"))


def parse(line: bytes, number: int) -> Fields:
    """The columns of an exported line, `seq` and `undoes` as they were there. Raises UsageError."""
    try:
        fields = orjson.loads(line)
        decision = Decision(**fields)
        check(decision.annotator, decision.verdict, decision.messages, decision.undoes)
    except (orjson.JSONDecodeError, TypeError) as error:
        raise bad_line(number, str(error)) from None
    return columns({name: fields.get(name) for name in Decision.__slots__}) | {"seq": decision.seq}


def bad_line(number: int, why: str) -> UsageError:
    return UsageError(
        f"line {number} is no decision of `curate decisions export`: {why}",
        "nothing was imported; mend or remove that line",
    )
