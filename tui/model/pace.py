"""How fast one annotator decides, and how long the rest will take at that pace."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

_PAUSE = timedelta(minutes=5)  # who decides nothing for longer does something else
_FEW, _SHORT = 10, timedelta(minutes=1)  # steps and time from which on a pace is told


@dataclass(frozen=True, slots=True)
class Pace:
    """What was decided at once is one step: `steps` are those that followed on one before without a pause,
    and took `busy` all together."""

    steps: int
    busy: timedelta

    @classmethod
    def of(cls, made: Iterable[tuple[str | int, datetime]]) -> "Pace":
        """Of each decision its batch, or seq where it has none, and its time, which has a time zone."""
        begun: dict[str | int, datetime] = {}
        for step, moment in made:
            begun.setdefault(step, moment)
        gaps = [after - before for before, after in pairwise(sorted(begun.values()))]
        short = [gap for gap in gaps if gap <= _PAUSE]
        return cls(len(short), sum(short, timedelta()))

    @property
    def an_hour(self) -> float | None:
        """None where too little was decided to tell."""
        if self.steps < _FEW or self.busy < _SHORT:
            return None
        return self.steps / (self.busy / timedelta(hours=1))

    def says(self, left: int) -> str:
        """`190 an hour in 2 h 10 min, pauses left out; 1,655 left: about 8 h 40 min`; empty where it is too
        early to tell."""
        speed = self.an_hour
        if speed is None:
            return ""
        told = f"{speed:,.0f} an hour in {_duration(self.busy)}, pauses left out"
        rest = timedelta(hours=left / speed)
        return f"{told}; {left:,} left: about {_duration(rest)}" if left else told


def _duration(time: timedelta) -> str:
    minutes = max(1, round(time / timedelta(minutes=1)))
    hours, rest = divmod(minutes, 60)
    if hours >= 10:
        return f"{round(minutes / 60):,} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"
