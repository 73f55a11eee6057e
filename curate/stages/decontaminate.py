"""Decontaminate: rows that hold a benchmark's words go, so that a benchmark measures what was learnt and not
what was read.

Two texts overlap where they have `ngram` folded words in a row in common (13 as in GPT-3, Brown et al. 2020).
A shorter benchmark line counts whole, if it has at least five words.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from curate.similarity.words import spoken, words
from schemas import recipe
from schemas.errors import RecipeError, SourceError
from schemas.example import Example
from schemas.ledger import Event
from schemas.stage import Outcome, Scope

OVERLAP = "benchmark_overlap"
LEAST_WORDS = 5


class Decontaminate:
    """`benchmarks` are lines by file, as `read_benchmarks` gives them."""

    name = "decontaminate"
    version = 1
    scope: Scope = "row"

    def __init__(self, settings: recipe.Decontaminate, benchmarks: Mapping[str, Sequence[str]]) -> None:
        self._head = min(settings.ngram, LEAST_WORDS)
        self._grams: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
        for name, lines in benchmarks.items():
            for number, line in enumerate(lines, start=1):
                for passage in line.split("\n"):
                    for gram in _grams(words(passage), settings.ngram):
                        self._grams[" ".join(gram[: self._head])].append((" ".join(gram), name, number))

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        kept: list[Example] = []
        events: list[Event] = []
        for row in rows:
            hit = self._hit(words(spoken(row)))
            if hit is None:
                kept.append(row)
                continue
            gram, benchmark, line = hit
            if row.protected:
                kept.append(row.flagged(OVERLAP))
            events.append(
                Event(
                    row.example_id,
                    self.name,
                    "kept_by_review" if row.protected else "dropped",
                    OVERLAP,
                    detail={"benchmark": benchmark, "line": line, "ngram": gram},
                )
            )
        return Outcome(kept, events)

    def _hit(self, text: Sequence[str]) -> tuple[str, str, int] | None:
        """The first benchmark n-gram in `text`: itself, its file and its line there."""
        for at in range(len(text) - self._head + 1):
            for gram, name, line in self._grams.get(" ".join(text[at : at + self._head]), ()):
                if " ".join(text[at : at + gram.count(" ") + 1]) == gram:
                    return gram, name, line
        return None


def _grams(line: Sequence[str], n: int) -> Iterator[Sequence[str]]:
    if len(line) >= n:
        yield from (line[at : at + n] for at in range(len(line) - n + 1))
    elif len(line) >= LEAST_WORDS:
        yield line


def read_benchmarks(paths: Sequence[str], root: Path) -> dict[str, list[str]]:
    """The lines of each file, by its path as written; `root` is what paths are relative to.

    The texts of one line (the string values of a JSON object, the cells of a CSV row) are parted by a
    newline. Raises RecipeError for a file that is not there or of another kind, SourceError for one that
    cannot be read.
    """
    return {path: _read(path, root / path) for path in paths}


def _read(name: str, path: Path) -> list[str]:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise RecipeError(
            f"decontaminate.benchmarks: {name}: cannot read files of kind {path.suffix!r}",
            f"save it as one of {', '.join(_READERS)}",
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(reader(name, file))
    except FileNotFoundError:
        raise RecipeError(
            f"decontaminate.benchmarks: {name}: no such file",
            f"put it at {path}, or take it out of the recipe",
        ) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"benchmark {name}: cannot be read ({error})", "save it as UTF-8") from None


def _text_lines(_: str, file: Iterator[str]) -> Iterator[str]:
    for line in file:
        yield line.rstrip("\r\n")


def _json_lines(name: str, file: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        try:
            yield "\n".join(_strings(json.loads(line))) if line.strip() else ""
        except ValueError as error:
            raise SourceError(
                f"benchmark {name}:{number}: not valid JSON ({error})",
                "mend that line, or save the file as .txt",
            ) from None


def _csv_rows(_: str, file: Iterator[str]) -> Iterator[str]:
    for cells in csv.reader(file):
        yield "\n".join(cells)


_READERS: dict[str, Callable[[str, Iterator[str]], Iterator[str]]] = {
    ".txt": _text_lines,
    ".jsonl": _json_lines,
    ".csv": _csv_rows,
}


def _strings(value: Any) -> Iterator[str]:
    """All strings in a JSON value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
