"""What an action did: a sentence for the person, and the journal's new row where there is one."""

from dataclasses import dataclass
from datetime import datetime

from schemas.decision import ADJUDICATED, Decision
from schemas.statement import Apart, Statement, Value, Vote

SECOND_LOOK = "second-look"
_SAID = {"keep": "kept", "drop": "dropped", "edit": "edited", "skip": "skipped"}
_STATED: dict[type[Statement], str] = {
    Apart: "said: no duplicates",
    Value: "said: what is personal data",
    Vote: "voted",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """`decision` is the last one where several were written."""

    says: str
    decision: Decision | None = None


NOTHING = Outcome("no example is shown: change the filter or the queue")


def moment(decision: Decision) -> datetime:
    """When it was written, by the clock of this machine."""
    return datetime.fromisoformat(decision.decided_at).astimezone()


def said(decision: Decision) -> str:
    """`dropped, flagged: ask the shop`, `kept, adjudicated`, `skipped, labelled rude`."""
    statement = decision.statement
    if statement is not None:
        return _STATED[type(statement)]
    words = _SAID[decision.verdict]
    flagged = SECOND_LOOK in decision.labels
    if decision.adjudicates:
        words = f"{words}, adjudicated"
    if flagged:
        words = "flagged" if decision.verdict == "skip" else f"{words}, flagged"
    own = own_labels(decision.labels)
    if own:
        words = f"{words}, labelled {', '.join(own)}"
    detail = decision.note if flagged else decision.reason
    return f"{words}: {detail}" if detail else words


def own_labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    """The labels that annotators give by their names, without those that the review itself writes."""
    return tuple(label for label in labels if label not in (ADJUDICATED, SECOND_LOOK))
