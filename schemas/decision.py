"""Decision: one annotator's verdict on one example. The journal of decisions is append-only."""

from dataclasses import dataclass
from typing import Literal, get_args

from schemas.example import Message
from schemas.statement import Statement, parse

Verdict = Literal["keep", "drop", "edit", "skip"]
VERDICTS: tuple[str, ...] = get_args(Verdict)
ADJUDICATED = "adjudicated"  # the label of a decision that ends a conflict


@dataclass(frozen=True, slots=True)
class Decision:
    """A row of the journal. `undoes` is the seq of the decision that this one takes back;
    `messages` stands with `edit` only. `decided_at` is UTC, ISO 8601. `batch` is shared by the decisions that
    were made in one step and are undone in one; None for a decision made alone."""

    seq: int
    example_id: str
    annotator: str
    verdict: Verdict
    labels: tuple[str, ...] = ()
    messages: tuple[Message, ...] | None = None
    reason: str | None = None
    note: str | None = None
    dataset_version: str | None = None
    run: str | None = None
    undoes: int | None = None
    decided_at: str = ""
    batch: str | None = None

    @property
    def adjudicates(self) -> bool:
        """Whether it settles what was decided on the example before it, by whomever."""
        return ADJUDICATED in self.labels

    @property
    def statement(self) -> Statement | None:
        """What it states where it is no verdict on its example; None for a verdict, a skip or a flag."""
        if self.verdict != "skip" or self.undoes is not None:
            return None
        return next((found for label in self.labels if (found := parse(label))), None)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the journal says of one example now: the verdicts in force, and whether they agree.

    `decisions` are the latest not-undone decision of each annotator, oldest first; left out are skips, and
    what stands before an adjudication.
    """

    example_id: str
    decisions: tuple[Decision, ...]

    @property
    def disagreement(self) -> bool:
        return len({_substance(d) for d in self.decisions}) > 1

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that all share, or None while they disagree."""
        return None if self.disagreement or not self.decisions else self.decisions[-1].verdict


def _substance(decision: Decision) -> tuple[str, tuple[Message, ...] | None]:
    return decision.verdict, decision.messages
