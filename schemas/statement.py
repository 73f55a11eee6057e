"""Statement: what an annotator says that is no verdict on one example: that two examples are no duplicates,
that a found value is or is not personal data, which of two answers is better.

In the journal a statement is a decision that decides nothing (`skip`) with a label that begins with the
statement's kind. The example of the decision is the one that it speaks of; undo, several annotators, export
and import are those of every decision.
"""

import re
from dataclasses import dataclass
from typing import Literal

Better = Literal["a", "b", "tie"]
Scope = Literal["here", "everywhere"]


@dataclass(frozen=True, slots=True)
class Apart:
    """The decision's example and `other` are no duplicates of each other, however similar."""

    other: str

    @property
    def label(self) -> str:
        return f"{NOT_DUPLICATE_OF}:{self.other}"

    @classmethod
    def parse(cls, rest: str) -> "Apart | None":
        return cls(rest) if rest else None


@dataclass(frozen=True, slots=True)
class Value:
    """A value that a recogniser took for `entity` is personal data, or is not: in the decision's example, or
    everywhere. The value itself is not here: `digest` is what `curate.pii.said` makes of it and `salt`."""

    personal: bool
    scope: Scope
    entity: str
    salt: str
    digest: str

    @property
    def label(self) -> str:
        says = "is" if self.personal else "is_not"
        return f"{PII}:{says}:{self.scope}:{self.entity}:{self.salt}:{self.digest}"

    @classmethod
    def parse(cls, rest: str) -> "Value | None":
        match rest.split(":"):
            case [
                ("is" | "is_not") as says, ("here" | "everywhere") as scope, entity, salt, digest
            ] if _HEX.fullmatch(salt):  # fmt: skip
                return cls(says == "is", scope, entity, salt, digest)
        return None


@dataclass(frozen=True, slots=True)
class Vote:
    """Of the answers that `a` and `b` gave to the decision's example at message `turn`, `better` is better.
    `a` and `b` are answers as `RUN/EVALUATION/SET/SYSTEM` names them, each part quoted as in a URL."""

    better: Better
    a: str
    b: str
    turn: int

    @property
    def label(self) -> str:
        return f"{VOTE}:{self.better}:{self.turn}:{self.a}:{self.b}"

    @classmethod
    def parse(cls, rest: str) -> "Vote | None":
        match rest.split(":"):
            case [("a" | "b" | "tie") as better, turn, a, b] if turn.isdecimal():
                return cls(better, a, b, int(turn))
        return None


_HEX = re.compile("[0-9a-f]{32}")
Statement = Apart | Value | Vote
NOT_DUPLICATE_OF, PII, VOTE = "not_duplicate_of", "pii", "vote"
# What the ledger gives as the reason where a stage did as a statement says.
NOT_A_DUPLICATE, NOT_PII = "not_a_duplicate", "not_pii"
_KINDS: dict[str, type[Apart] | type[Value] | type[Vote]] = {NOT_DUPLICATE_OF: Apart, PII: Value, VOTE: Vote}


def parse(label: str) -> Statement | None:
    """The statement that a label makes; None for any other label."""
    kind, colon, rest = label.partition(":")
    return _KINDS[kind].parse(rest) if colon and kind in _KINDS else None
