"""Telling a person of the files that are read: a line for each, and of many alike in one folder a count.

Files are alike that have one format and lose rows for the same reasons. Nothing is lost: a version's manifest
has every file, its `rejects.jsonl` every row, and `curate import --dry-run` shows both.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from curate.sources.described import by_reason, described, label
from curate.sources.mends import mends
from curate.sources.rejected import ByReason
from schemas.manifest import SourceCount
from schemas.recipe import Source

SHOWN = 8  # files of a kind at first, and as many at the end

Kind = tuple[str, str, frozenset[str]]


@dataclass(slots=True)
class _More:
    """Files of one kind that no line told of. `lines` are those of the first."""

    lines: list[str] = field(default_factory=list)
    files: int = 0
    rows: int = 0
    rejected: Counter[str] = field(default_factory=Counter)

    def add(self, line: str, rows: int, reasons: Mapping[str, int]) -> None:
        self.lines += [line] if len(self.lines) < SHOWN else []
        self.files += 1
        self.rows += rows
        self.rejected.update(reasons)


class Telling:
    """`read` a table, then `end`. A remedy is said once."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._seen: Counter[Kind] = Counter()
        self._more: dict[Kind, _More] = {}
        self._remedies: set[str] = set()

    def read(self, count: SourceCount, rejected: ByReason, path: Path | None, source: Source) -> None:
        """A line about a table with the commonest reasons of its rejects, and one for each that has a remedy
        and is no rare one. `path` is the table's file."""
        kind = (PurePosixPath(count.path).parent.as_posix(), count.format, frozenset(rejected))
        reasons = {reason: found.count for reason, found in rejected.items()}
        line = described(count, reasons)
        self._seen[kind] += 1
        if self._seen[kind] > SHOWN:
            self._more.setdefault(kind, _More()).add(line, count.rows, reasons)
            return
        remedies = mends(rejected, count.rows, path, source).values()
        new = [remedy for remedy in remedies if remedy not in self._remedies]
        self._remedies.update(new)
        self._say("\n  ".join([line, *new]))

    def end(self) -> None:
        """A line about the others of each kind, or one for each where they are few."""
        for (folder, shape, _), more in self._more.items():
            for line in more.lines if more.files <= SHOWN else [_counted(folder, shape, more)]:
                self._say(line)
        self._more.clear()


def _counted(folder: str, shape: str, more: _More) -> str:
    parts = [f"{more.files:,} files more", f"{more.rows:,} rows", *([label(shape)] if more.rows else [])]
    lost = more.rejected.total()
    parts += [f"{lost:,} rejected{by_reason(more.rejected)}"] if lost else []
    return f"{folder}: {', '.join(parts)}; `curate import --dry-run` lists them"


def first_of(lines: Iterable[str], others: Callable[[int], str]) -> list[str]:
    """The first lines, and one about the others by their number."""
    every = list(lines)
    hidden = len(every) - SHOWN
    return [*every[:SHOWN], others(hidden)] if hidden > SHOWN else every
