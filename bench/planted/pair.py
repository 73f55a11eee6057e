"""A question and its answer, before and after something was planted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    question: str
    answer: str
