"""A curve of any length in a bounded number of points, and drawn with braille dots on a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass

_MOST = 512
# Bits of a braille character's dots, by column and row from the top (Unicode 15, chapter 21.1).
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_BLANK = 0x2800
_LABEL = 7


class Curve:
    """Means of equally many neighbouring values. When there are too many means, each two become one."""

    def __init__(self) -> None:
        self._width = 1
        self._sums: list[float] = []
        self._counts: list[int] = []
        self._first = 0

    def add(self, step: int, value: float) -> None:
        if not self._sums:
            self._first = step
        index = (step - self._first) // self._width
        while len(self._sums) <= index:
            self._sums.append(0.0)
            self._counts.append(0)
        self._sums[index] += value
        self._counts[index] += 1
        if len(self._sums) > _MOST:
            self._sums = [sum(self._sums[i : i + 2]) for i in range(0, len(self._sums), 2)]
            self._counts = [sum(self._counts[i : i + 2]) for i in range(0, len(self._counts), 2)]
            self._width *= 2

    def points(self, columns: int, total: int) -> list[tuple[float, float]]:
        """(step, mean), at most one for each of so many columns of an axis from 0 to `total`."""
        bins: dict[int, tuple[float, float, int]] = {}
        for i, (value, count) in enumerate(zip(self._sums, self._counts, strict=True)):
            if count:
                step = self._first + (i + 0.5) * self._width - 0.5
                column = int(step / max(total, 1) * columns)
                steps, values, n = bins.get(column, (0.0, 0.0, 0))
                bins[column] = (steps + step * count, values + value, n + count)
        return [(steps / n, values / n) for steps, values, n in bins.values()]


@dataclass(frozen=True, slots=True)
class Plot:
    """Rows of a drawn plot, top first: a label of `_LABEL` columns, the drawing, and in `marks` the columns
    of each row's drawing that hold a mark in the place of dots."""

    labels: list[str]
    rows: list[str]
    marks: list[set[int]]


def smooth(points: Sequence[tuple[float, float]], weight: float = 0.85) -> list[tuple[float, float]]:
    """An exponential mean whose start is not biased towards 0: each point with `weight` of those before."""
    smoothed, mean, mass = [], 0.0, 0.0
    for step, value in points:
        mean, mass = weight * mean + (1 - weight) * value, weight * mass + (1 - weight)
        smoothed.append((step, mean / mass))
    return smoothed


def plot(
    curve: Curve, marks: Sequence[tuple[int, float]], total: int, width: int, height: int, mark: str = "●"
) -> Plot:
    """The smoothed curve in dots and the marks over it, over steps 0 to `total`, in so many characters."""
    columns = max(width - _LABEL - 1, 1)
    line = smooth(curve.points(columns * 2, total))
    values = [value for _, value in [*line, *marks]]
    low, high = min(values, default=0.0), max(values, default=1.0)
    span = (high - low) or 1.0
    cells = [[0] * columns for _ in range(height)]

    def x_of(step: float, n: int) -> int:
        return min(int(step / max(total, 1) * n), n - 1)

    def y_of(value: float, n: int) -> int:
        return min(int((high - value) / span * n), n - 1)

    before: tuple[int, int] | None = None
    for step, value in line:
        x, y = x_of(step, columns * 2), y_of(value, height * 4)
        for dot_x, dot_y in _between(before or (x, y), (x, y)):
            cells[dot_y // 4][dot_x // 2] |= _DOTS[dot_x % 2][dot_y % 4]
        before = (x, y)
    rows = [[chr(_BLANK + cell) if cell else " " for cell in row] for row in cells]
    marked: list[set[int]] = [set() for _ in range(height)]
    for step, value in marks:
        x, y = x_of(step, columns), y_of(value, height)
        rows[y][x] = mark
        marked[y].add(x)
    labels = [""] * height
    labels[-1], labels[0] = (f"{low:.3f}", f"{high:.3f}") if values else ("", "")
    return Plot([f"{label:>{_LABEL}}"[:_LABEL] for label in labels], ["".join(row) for row in rows], marked)


def _between(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """Dots of a straight line, both ends among them."""
    (x0, y0), (x1, y1) = start, end
    steps = max(abs(x1 - x0), abs(y1 - y0), 1)
    return [(round(x0 + (x1 - x0) * i / steps), round(y0 + (y1 - y0) * i / steps)) for i in range(steps + 1)]
