"""Rejected: the rows of one table that were rejected for one reason, how many and the first of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.ledger import Reject

SHOWN = 5


@dataclass(slots=True)
class Rejected:
    """`lines` are the positions of the first, `raws` their raw texts."""

    count: int = 0
    lines: list[int] = field(default_factory=list)
    raws: list[str] = field(default_factory=list)

    def add(self, reject: Reject) -> None:
        self.count += 1
        if len(self.lines) < SHOWN:
            self.lines.append(reject.line)
            self.raws.append(reject.raw)


ByReason = dict[str, Rejected]


def add_rejects(to: ByReason, rejects: Iterable[Reject]) -> None:
    for reject in rejects:
        to.setdefault(reject.reason, Rejected()).add(reject)
