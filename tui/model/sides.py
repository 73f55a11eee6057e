"""What each annotator says of an example in conflict, in words and with the texts that they would have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from schemas.decision import Decision
from schemas.example import Example, Message
from tui.model.family import Turn, turns


@dataclass(frozen=True, slots=True)
class Side:
    """`says` is one line; `changed` are the turns that an edit would change, none for another verdict."""

    says: str
    changed: list[Turn]


def sides_of(example: Example, decisions: Sequence[Decision]) -> list[Side]:
    """`example` as it stands in the version; numbered from 1 in the order of `decisions`."""
    return [
        Side(f"{number} {_words(decision)}", _changed(example, decision.messages))
        for number, decision in enumerate(decisions, start=1)
    ]


def _words(decision: Decision) -> str:
    parts = [decision.verdict, decision.reason or "", *decision.labels]
    note = f" ({decision.note})" if decision.note else ""
    return f"{decision.annotator}: {', '.join(part for part in parts if part)}{note}"


def _changed(example: Example, messages: tuple[Message, ...] | None) -> list[Turn]:
    if messages is None:
        return []
    edited = replace(example, messages=messages)
    return [turn for turn in turns(example, edited) if not turn.same]
