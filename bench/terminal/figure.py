"""A number that was measured, beside the one that it is to stay below."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: float
    target: float
    unit: str

    def __str__(self) -> str:
        met = "" if self.value <= self.target else "   MISSED"
        return f"{self.name:<52}{self.value:>9.1f}  ≤ {self.target:>6g} {self.unit}{met}"
