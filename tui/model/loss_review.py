"""The examples of a run by their losses, each with its course over the run: where it began, how it went, and
where the adapter stands."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tui.model.corpus import Rows
from tui.model.courses import Courses
from tui.model.losses import Losses
from tui.model.outcome import Outcome
from tui.model.review import Review
from tui.model.row_list import RowList
from tui.model.sparkline import sparkline

Order = Literal["loss", "gain", "rise"]
_SAYS: dict[Order, str] = {
    "loss": "highest loss of the adapter first",
    "gain": "what training helped least, or hurt, first",
    "rise": "whose loss rose most above its lowest, first",
}


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One example's losses in nats per trained token: the base model's, at each snapshot of the adapter, and
    as it went through training epoch by epoch (with dropout, by a model that moved). NaN: not measured."""

    base: float
    snapshots: tuple[float, ...]
    snapshot_epochs: tuple[float, ...]
    seen: tuple[float, ...]

    def lines(self) -> list[str]:
        """In words and bars, all on one scale; what was not measured is left out."""
        points = [("base", self.base)]
        epochs = (f"epoch {epoch:g}" for epoch in self.snapshot_epochs)
        points += zip(epochs, self.snapshots, strict=True)
        measured = [(name, loss) for name, loss in points if loss == loss]
        values = [loss for _, loss in measured] + [loss for loss in self.seen if loss == loss]
        if not values:
            return ["the run did not measure this example"]
        low, high = min(values), max(values)
        bars = sparkline([loss for _, loss in measured], low, high)
        lines = [f"measured  {bars}  {', '.join(f'{name} {loss:.2f}' for name, loss in measured)}"]
        if any(loss == loss for loss in self.seen):
            seen = " → ".join(f"{loss:.2f}" if loss == loss else "·" for loss in self.seen)
            lines.append(f"seen      {sparkline(self.seen, low, high)}  {seen}, epoch by epoch in training")
        return lines


class LossReview(RowList):
    def __init__(self, review: Review, losses: Losses, courses: Courses, rows: Rows) -> None:
        """`rows` as `by_loss` orders them."""
        self._losses = losses
        self._courses = courses
        self.order: Order = "loss"
        self._signal = losses.adapter
        super().__init__(review, rows)

    def line(self, at: int) -> str:
        row = int(self._rows[at])
        bars = sparkline(self.trajectory(row).snapshots) if self._courses.measured[row] else ""
        return f"{self._mark(at)} {self.signal(row):6.2f} {bars} {self._review.corpus.preview(row)}"

    @property
    def order_says(self) -> str:
        return _SAYS[self.order]

    def signal(self, row: int) -> float:
        """The number that orders the rows."""
        return float(self._signal[row])

    def trajectory(self, row: int) -> Trajectory:
        courses = self._courses
        if not courses.measured[row]:
            return Trajectory(np.nan, (), (), ())
        return Trajectory(
            float(courses.base[row]),
            tuple(float(loss[row]) for loss in courses.snapshots),
            courses.epochs,
            tuple(float(loss[row]) for loss in courses.seen),
        )

    def next_order(self) -> Outcome:
        """By another number, from the first row that is not decided."""
        orders = get_args(Order)
        self.order = orders[(orders.index(self.order) + 1) % len(orders)]
        by: dict[Order, NDArray[np.float64]] = {
            "loss": self._losses.adapter,
            "gain": self._losses.gain,
            "rise": self._losses.rise,
        }
        self._signal = by[self.order]
        self._rows = _ordered(self._signal, self.order)
        self._count_open()
        self.cursor.resize(len(self._rows))
        self._go_to_first()
        return Outcome(self.order_says)


def by_loss(losses: Losses) -> Rows:
    """All rows that were measured, the highest loss first. A thread may order them."""
    return _ordered(losses.adapter, "loss")


def _ordered(signal: NDArray[np.float64], order: Order) -> Rows:
    """Measured rows alone; file order among equals."""
    worst = signal if order == "gain" else -signal
    rows = np.argsort(worst, kind="stable")
    return np.asarray(rows[~np.isnan(signal[rows])], dtype=np.int64)
