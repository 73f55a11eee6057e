"""The data map (Swayamdipta et al. 2020): confidence over variability, a point per example."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from train.dynamics.signals import REGIONS

if TYPE_CHECKING:
    import pandas as pd

POINT = ("example_id", "split", "variability", "confidence", "correctness", "region")
_FEW, _MANY = "eah", "EAH"  # by region
LEGEND = "e easy, a ambiguous, h hard; a capital where a cell holds more than most cells do"
_AXIS = 5  # characters


def points(table: "pd.DataFrame") -> "pd.DataFrame":
    """The rows of `example_dynamics` that have a place on the map, columns POINT."""
    return table.loc[table["variability"].notna(), list(POINT)].reset_index(drop=True)


def drawn(found: "pd.DataFrame", width: int, height: int) -> list[str]:
    """The map in characters, the most confident row first: each cell shows the region that most of its
    examples are in. A letter needs no colour, and a pipe keeps it."""
    columns = max(10, width - _AXIS - 1)
    across, down = found["variability"].to_numpy(), found["confidence"].to_numpy()
    right = float(across.max(initial=0.0)) or 1.0
    x = np.minimum((across / right * columns).astype(np.int64), columns - 1)
    low = np.floor(10 * float(down.min(initial=1.0))) / 10 if len(found) else 0.0
    y = np.minimum(((1 - down) / max(1 - low, 0.1) * height).astype(np.int64), height - 1)
    region = found["region"].map(REGIONS.index).to_numpy(dtype=np.int64)
    counts = np.zeros((height, columns, len(REGIONS)), dtype=np.int64)
    np.add.at(counts, (y, x, region), 1)
    total = counts.sum(axis=2)
    crowded = total > np.median(total[total > 0]) if len(found) else total > 0
    lines = [_line(counts[i], crowded[i]) for i in range(height)]
    labels = {0: "1.00", height // 2: f"{(1 + low) / 2:.2f}", height - 1: f"{low:.2f}"}
    body = [f"{labels.get(i, ''):>{_AXIS - 1}} ┤{line}".rstrip() for i, line in enumerate(lines)]
    foot = f"{'':{_AXIS}}└{'─' * (columns - 1)}"
    scale = f"{'':{_AXIS}}0.00{f'{right:.2f}':>{columns - 4}}"
    return ["confidence", *body, foot, scale, f"{'variability':>{_AXIS + columns}}"]


def _line(counts: "np.ndarray[tuple[int, int], np.dtype[np.int64]]", crowded: Sequence[bool]) -> str:
    return "".join(
        " " if not cell.any() else (_MANY if many else _FEW)[int(cell.argmax())]
        for cell, many in zip(counts, crowded, strict=True)
    )
