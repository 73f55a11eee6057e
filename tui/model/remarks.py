"""What stages said of single messages of an example: which personal data was found there, what was scored
toxic. Plain text, not yet gated; never a value that was taken out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from curate.stages.toxicity import Toxicity
from schemas.example import Example
from schemas.ledger import Event
from tui.model.pii_spans import PiiSpan

_FATE = {"replaced": "replaced", "flagged": "flagged", "spared": "left by a reviewer's word"}


def remarks(example: Example, events: Iterable[Event], spans: Sequence[PiiSpan]) -> dict[int, list[str]]:
    """By message of the example as the version has it."""
    said: defaultdict[int, list[str]] = defaultdict(list)
    for span in spans:
        line = f"{span.entity} {_FATE[span.fate]}"
        if line not in said[span.message]:
            said[span.message].append(line)
    first = 1 if example.messages and example.messages[0].role == "system" else 0
    for event in events:
        at = event.detail.get("message") if event.stage == Toxicity.name else None
        if isinstance(at, int) and event.detail.get("role") == _role(example, at + first):
            said[at + first].append(f"{event.reason} {event.score or 0.0:.2f}")
    return dict(said)


def _role(example: Example, at: int) -> str | None:
    return example.messages[at].role if 0 <= at < len(example.messages) else None
