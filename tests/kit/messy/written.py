"""Written: one raw row as its writer knows it."""

from dataclasses import dataclass

from messy.talk import Said


@dataclass(frozen=True, slots=True)
class Written:
    """`line` is the row's position in its file, from 1. `broken` says what is wrong with a row that must be
    rejected, and is empty for one that must be read. `said` is what it holds, where that is known."""

    source: str
    line: int
    broken: str = ""
    said: Said | None = None
