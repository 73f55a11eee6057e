"""Where the pii stage found something in a version's text: the stand-ins that it put there, and what it left.

The ledger has the spans as they lay before the stage. Here they are moved by what each stand-in is longer or
shorter than the value was, which its length in the ledger tells; the value itself is in no file of a version.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.example import Example
from schemas.ledger import Event
from schemas.statement import NOT_PII

STAGE = "pii"  # its module loads recognisers that the review need not wait for
Fate = Literal["replaced", "flagged", "spared"]
_FATES: dict[Fate, str] = {
    "replaced": "replaced by a stand-in",
    "flagged": "flagged, stands as it was",
    "spared": "left as it was",
}


@dataclass(frozen=True, slots=True)
class PiiSpan:
    """`start` to `end` in the content of message `message` as the version has it, `before` the same as it lay
    before the stage. `fate`: a stand-in, the value flagged, or left by a reviewer's word (`by`)."""

    entity: str
    message: int
    start: int
    end: int
    before: tuple[int, int]
    fate: Fate
    by: str

    @property
    def says(self) -> str:
        """What it was taken for, and what became of it."""
        return f"{self.entity}, {_FATES[self.fate]}{f' (by {self.by})' if self.fate == 'spared' else ''}"


def pii_events(events: Iterable[Event]) -> list[Event]:
    """Those of the stage that name spans."""
    return [event for event in events if event.stage == STAGE and event.detail.get("spans")]


def entity_of(event: Event) -> str:
    """The type that an event of the stage is about."""
    return event.reason.rpartition(":")[2]


def pii_spans(example: Example, events: Iterable[Event]) -> list[PiiSpan]:
    """The spans in the example's text, in order. Of a message in which a stand-in is not where it should be,
    because something changed the text later, there are none."""
    first = 1 if example.messages and example.messages[0].role == "system" else 0
    found: defaultdict[int, list[tuple[int, int, Event]]] = defaultdict(list)
    for event in pii_events(events):
        for message, start, end in event.detail["spans"]:
            found[message + first].append((start, end, event))
    placed: list[PiiSpan] = []
    for at in sorted(found):
        if at < len(example.messages):
            text = example.messages[at].content
            placed += _placed(text, at, sorted(found[at], key=lambda span: span[:2]))
    return placed


def _placed(text: str, message: int, spans: Sequence[tuple[int, int, Event]]) -> list[PiiSpan]:
    placed: list[PiiSpan] = []
    shift = 0
    for start, end, event in spans:
        begin, stop = start + shift, end + shift
        if event.action == "edited":
            stand_in = _stand_in(text, begin, event.detail.get("surrogates", ()))
            if stand_in is None:
                return []
            stop = begin + len(stand_in)
            shift += len(stand_in) - (end - start)
        if stop > len(text):
            return []
        fate = _fate(event)
        placed.append(PiiSpan(entity_of(event), message, begin, stop, (start, end), fate, event.actor))
    return placed


def _stand_in(text: str, at: int, known: Iterable[str]) -> str | None:
    """The longest first: a realistic one may begin another."""
    return next((one for one in sorted(known, key=len, reverse=True) if text.startswith(one, at)), None)


def _fate(event: Event) -> Fate:
    if event.action == "edited":
        return "replaced"
    return "spared" if event.reason.startswith(f"{NOT_PII}:") else "flagged"
