"""A few numbers as a line of bars: what a loss did over time, at a glance."""

import math
from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
UNKNOWN = "·"


def sparkline(values: Sequence[float], low: float | None = None, high: float | None = None) -> str:
    """One character a value, the least the lowest bar; `·` for NaN. `low` and `high` are the scale's ends,
    those of the values when not given. Values that are all the same stand in the middle."""
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return UNKNOWN * len(values)
    bottom = min(known) if low is None else low
    top = max(known) if high is None else high
    return "".join(UNKNOWN if math.isnan(value) else _bar(value, bottom, top) for value in values)


def _bar(value: float, bottom: float, top: float) -> str:
    if top <= bottom:
        return _BARS[len(_BARS) // 2]
    share = (value - bottom) / (top - bottom)
    return _BARS[max(0, min(int(share * len(_BARS)), len(_BARS) - 1))]
