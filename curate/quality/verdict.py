"""Verdict: why a rule objects to an example, and by how much."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.example import Example
from schemas.recipe import Quality


@dataclass(frozen=True, slots=True)
class Verdict:
    """`score` is what the rule measured and `threshold` what it was held against; `detail` holds no text."""

    reason: str
    score: float | None = None
    threshold: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


Rule = Callable[[Example, Quality], Verdict | None]
