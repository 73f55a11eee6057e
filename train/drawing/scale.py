"""Scale: an axis, linear or by powers of ten, and where its ticks stand."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from schemas.arrays import Floats

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_TICKS = 6


@dataclass(frozen=True, slots=True)
class Scale:
    """`low` < `high`, both shown; with `log` both above 0."""

    low: float
    high: float
    log: bool = False

    @classmethod
    def over(cls, *values: Iterable[float], log: bool = False, zero: bool = False) -> "Scale":
        """An axis that holds all finite values (with `log` those above 0), and 0 where `zero` asks for it."""
        parts = [np.asarray(list(part), dtype=np.float64) for part in values]
        flat = np.concatenate(parts) if parts else np.empty(0)
        flat = flat[np.isfinite(flat) & ((flat > 0) | (not log))]
        if not len(flat):
            return cls(1.0, 10.0, log) if log else cls(0.0, 1.0)
        low, high = float(flat.min()), float(flat.max())
        if log:
            return cls(low / 1.2, high * 1.2, log=True)
        low, high = (min(low, 0.0), max(high, 0.0)) if zero else (low, high)
        room = (high - low) * 0.04 or max(abs(high), 1.0) * 0.1
        return cls(low if zero and low == 0 else low - room, high + room)

    def share(self, values: Iterable[float]) -> Floats:
        """Where values stand: 0 at `low`, 1 at `high`. NaN for what a logarithm does not know."""
        given = np.asarray(values if isinstance(values, np.ndarray) else list(values), dtype=np.float64)
        if not self.log:
            return (given - self.low) / (self.high - self.low)
        known = np.where(given > 0, given, np.nan)
        return np.log(known / self.low) / math.log(self.high / self.low)

    def ticks(self) -> list[tuple[float, str]]:
        """Round values inside, with the text that stands beside each."""
        values = self._decades() if self.log else []
        if len(values) < 2:
            values = self._even()
        return [(value, number(value)) for value in values]

    def _even(self) -> list[float]:
        raw = (self.high - self.low) / _TICKS
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(s * power for s in _STEPS if s * power >= raw * 0.999)
        first = math.ceil(self.low / step)
        # A product of whole numbers and the step: sums of steps would drift off round values.
        found = [round(n * step, 12) for n in range(first, first + 2 * _TICKS + 1)]
        return [value for value in found if value <= self.high and not (self.log and value <= 0)]

    def _decades(self) -> list[float]:
        low, high = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        parts = (1.0, 2.0, 5.0) if high - low <= 3 else (1.0,)
        found = [part * 10.0**power for power in range(low, high + 1) for part in parts]
        return [value for value in found if self.low <= value <= self.high]


def number(value: float) -> str:
    """A tick's text: 12,000, 0.25, 2e-4."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}" if abs(value) < 1e7 else f"{value:.3g}"
    if abs(value) < 1e-3:
        return f"{value:.1e}".replace(".0e", "e").replace("e-0", "e-")
    return f"{value:.4g}"
