"""Acceptance: what became of the children that each augmentation strategy was to make.

A child that was wanted is not made, because a gate refused every answer or there was none; or it is created.
A created one is dropped by a filter, accepted, edited or rejected by reviewers, disputed between them, or
waiting for one: `created` is the sum of these.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from schemas.decision import Ruling
from schemas.ledger import Event

State = Literal["dropped", "accepted", "edited", "rejected", "disputed", "waiting"]
STAGE = "augment"
_STATES: dict[tuple[str, str], State] = {
    ("flagged", "edits:reviewed"): "accepted",
    ("edited", "edits:review"): "edited",
    ("dropped", "edits:review"): "rejected",
    ("flagged", "edits:disagreement"): "disputed",
}
_STATE_OF_VERDICT: dict[str, State] = {"keep": "accepted", "edit": "edited", "drop": "rejected"}
_Z = 1.959963984540054  # of a two-sided 95 % interval


@dataclass(slots=True)
class Acceptance:
    """One strategy. `not_made` counts by gate or why there was no answer, `dropped` by filter or by what the
    child was too near to."""

    strategy: str
    not_made: Counter[str] = field(default_factory=Counter)
    created: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    reviewed: Counter[State] = field(default_factory=Counter)

    @property
    def accepted(self) -> int:
        return self.reviewed["accepted"]

    @property
    def edited(self) -> int:
        return self.reviewed["edited"]

    @property
    def rejected(self) -> int:
        return self.reviewed["rejected"]

    @property
    def disputed(self) -> int:
        return self.reviewed["disputed"]

    @property
    def waiting(self) -> int:
        return self.created - self.dropped.total() - self.reviewed.total()

    @property
    def decided(self) -> int:
        return self.accepted + self.edited + self.rejected

    @property
    def rate(self) -> float | None:
        """Accepted as they came, of all that were decided; None before the first decision."""
        return self.accepted / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of `rate` (Wilson): the decided ones are a sample of the strategy's children."""
        return wilson(self.accepted, self.decided) if self.decided else None

    def to_dict(self) -> dict[str, Any]:
        names = ("strategy", "created", "accepted", "edited", "rejected", "disputed", "waiting", "rate")
        return {name: getattr(self, name) for name in names} | {
            "interval": self.interval,
            "not_made": dict(sorted(self.not_made.items())),
            "dropped": dict(sorted(self.dropped.items())),
        }


class Tally:
    """Takes a version's events, in order, and gives one Acceptance a strategy. It remembers each child."""

    def __init__(self) -> None:
        self._found: dict[str, Acceptance] = {}
        self._children: dict[str, list[tuple[str, State, str]]] = {}

    def add(self, event: Event) -> None:
        if event.stage != STAGE:
            return
        if event.action == "created":
            self._of(event.reason).created += 1
            self._children.setdefault(event.example_id, []).append((event.reason, "waiting", ""))
        elif event.example_id in self._children:
            self._settle(event)
        elif event.reason.startswith(f"{STAGE}:") and "strategy" in event.detail:
            self._of(event.detail["strategy"]).not_made[event.reason.removeprefix(f"{STAGE}:")] += 1

    def by_strategy(self, rulings: Mapping[str, Ruling] | None = None) -> list[Acceptance]:
        """By name. With `rulings`, what reviewers say now; without, what the version was built with."""
        found = {name: Acceptance(name, a.not_made, a.created) for name, a in self._found.items()}
        for child, births in self._children.items():
            for strategy, state, reason in births:
                now = state if rulings is None or state == "dropped" else _ruled(rulings.get(child))
                if now == "dropped":
                    found[strategy].dropped[reason] += 1
                elif now != "waiting":
                    found[strategy].reviewed[now] += 1
        return [found[name] for name in sorted(found)]

    def _of(self, strategy: str) -> Acceptance:
        return self._found.setdefault(strategy, Acceptance(strategy))

    def _settle(self, event: Event) -> None:
        """Equal children share an id; one event is about the first of them that it can be about."""
        state = _STATES.get((event.action, event.reason), "dropped" if event.action == "dropped" else None)
        if state is None:
            return
        births = self._children[event.example_id]
        waiting = [at for at, (_, known, _) in enumerate(births) if known == "waiting"]
        standing = [at for at, (_, known, _) in enumerate(births) if known != "dropped"]
        at = next(iter(waiting or standing), None)
        if at is not None:
            births[at] = (births[at][0], state, event.reason)


def tally(events: Iterable[Event], rulings: Mapping[str, Ruling] | None = None) -> list[Acceptance]:
    counted = Tally()
    for event in events:
        counted.add(event)
    return counted.by_strategy(rulings)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The score interval of a share, at 95 % (Wilson, JASA 22, 1927)."""
    share, z2 = hits / n, _Z * _Z
    centre = share + z2 / (2 * n)
    spread = _Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, (centre - spread) / (1 + z2 / n)), min(1.0, (centre + spread) / (1 + z2 / n))


def _ruled(ruling: Ruling | None) -> State:
    if ruling is None:
        return "waiting"
    return "disputed" if ruling.disagreement else _STATE_OF_VERDICT[ruling.verdict or "keep"]
