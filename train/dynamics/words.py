"""The dynamics of one example in words: for `curate why` and the review."""

from collections.abc import Mapping
from math import isnan
from typing import Any

from train.dynamics.noise import PARTS


def told(row: Mapping[Any, Any]) -> list[str]:
    """Lines about one row of `example_dynamics`; what was not measured is left out."""
    return [line for line in (_noise(row), _map(row), _events(row), _ifd(row)) if line]


def _noise(row: Mapping[Any, Any]) -> str:
    if isnan(row["noise"]):
        return ""
    shares = ((part, row[f"noise_{part}"]) for part in PARTS)
    parts = ", ".join(f"{part} {share:.2f}" for part, share in shares if not isnan(share))
    return f"noise rank {row['noise']:.2f} of 1 ({parts})"


def _map(row: Mapping[Any, Any]) -> str:
    if isnan(row["confidence"]):
        return ""
    varies = "" if isnan(row["variability"]) else f", variability {row['variability']:.2f}: {row['region']}"
    return f"confidence {row['confidence']:.2f}{varies}; {row['correctness']:.0%} of its tokens right"


def _events(row: Mapping[Any, Any]) -> str:
    if isnan(row["correctness"]):
        return ""
    learned = (
        "never right as a whole"
        if isnan(row["learned"])
        else f"right as a whole from epoch {row['learned']:g}"
    )
    if isnan(row["forgotten"]) or not row["forgotten"]:
        return learned
    forgot = f", forgotten {row['forgettings']:.0f} times" if row["forgettings"] else ""
    return f"{learned}{forgot}; {row['forgotten']:.0%} of its tokens right and then no more"


def _ifd(row: Mapping[Any, Any]) -> str:
    if isnan(row["ifd"]):
        return ""
    base = "" if isnan(row["ifd_base"]) else f", {row['ifd_base']:.2f} for the base model"
    return f"IFD {row['ifd']:.2f}{base}"
