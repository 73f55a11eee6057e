"""In which order what differs is written: colours cost more than ways, so what looks alike follows one
another, wherever it stands."""

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from itertools import pairwise, permutations
from typing import NamedTuple

from tui.paint.cells import Cell, Look, turning

_FEW = 5  # looks, of which all orders are tried


class Stroke(NamedTuple):
    """Cells of a line, from column `x` on. `sure`: every character has a cell of its own, and all are written
    in one look."""

    x: int
    y: int
    cells: Sequence[Cell]
    sure: bool

    @property
    def look(self) -> Look:
        """That of its letters, where it has any."""
        return next((look for _, look in self.cells if not look.bare), self.cells[0][1])


def in_order(strokes: Iterable[Stroke], now: Look | None) -> list[Stroke]:
    """Those of one look after one another, line for line, each time those that cost least to turn to, from
    the look that is in force `now` (None: not known). What may be drawn wider than it should comes first, so
    that what stands beside it is written over that."""
    groups: dict[Look, list[Stroke]] = {}
    blank: list[Stroke] = []
    order: list[Stroke] = []
    for stroke in strokes:
        if not stroke.sure:
            order.append(stroke)
        elif stroke.look.bare:
            blank.append(stroke)
        else:
            groups.setdefault(stroke.look, []).append(stroke)
    for stroke in blank:  # erased with letters of the same ground
        look = next((look for look in groups if look.shows(stroke.look)), stroke.look)
        groups.setdefault(look, []).append(stroke)
    if order:
        now = order[-1].cells[-1][1]
    for look in _round(frozenset(groups), now):
        order += sorted(groups.pop(look), key=lambda stroke: (stroke.y, stroke.x))
    return order


@lru_cache(maxsize=256)
def _round(looks: frozenset[Look], now: Look | None) -> tuple[Look, ...]:
    """The order in which turning from each to the next costs least; of many, each time the next nearest."""
    left, order = set(looks), []
    while len(left) > _FEW:
        now = min(left, key=lambda look: (len(turning(now, look)), look))
        left.remove(now)
        order.append(now)
    return (*order, *min(permutations(sorted(left)), key=partial(_cost, now)))


def _cost(now: Look | None, looks: Sequence[Look]) -> int:
    return sum(len(turning(one, other)) for one, other in pairwise((now, *looks)) if other is not None)
