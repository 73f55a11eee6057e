"""The two figures that every score comes down to."""

from collections.abc import Iterable, Sequence
from typing import Any

Score = dict[str, Any]


def found(right: Sequence[bool], missed: Iterable[Any] = ()) -> Score:
    """How many of the planted things were dealt with, and the first of those that were not."""
    return {
        "planted": len(right),
        "found": sum(right),
        "recall": _share(sum(right), len(right)),
        "missed": [list(m) if isinstance(m, tuple) else m for m in missed][:10],
    }


def precise(right: Sequence[bool], wrong: Iterable[Any] = ()) -> Score:
    """How much of what was done was right, and the first that was not."""
    return {
        "claimed": len(right),
        "precision": _share(sum(right), len(right)),
        "wrong": [list(w) if isinstance(w, tuple) else w for w in wrong][:10],
    }


def _share(part: int, whole: int) -> float | None:
    """None where there is nothing to have a share of."""
    return part / whole if whole else None
