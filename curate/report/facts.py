"""What a report counts of a row, as arrays: a feature of batches, so that rows known are not read again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.quality.too_long import estimate
from schemas.example import Example
from schemas.stage import SIZES

Arrays = Mapping[str, npt.NDArray[Any]]
_COUNTS = ("prompt", "answer", "tokens", "turns")
LISTS = ("source", "origin", "tags", "flags")  # of each row one name, or some


class RowFacts:
    """`prompt` and `answer` (words), `tokens` (estimated), `turns` (of the user), one entry a row. For each
    of LISTS the names of every row (UTF-8). The recipe's system prompt is not counted."""

    key = "report-facts/2"

    def __call__(self, rows: Sequence[Example]) -> dict[str, npt.NDArray[Any]]:
        counts = np.array([_lengths(row) for row in rows], np.int64).reshape(-1, 4)
        arrays: dict[str, npt.NDArray[Any]] = dict(
            zip(("prompt", "answer", "tokens", "turns"), counts.T, strict=True)
        )
        for name in LISTS:
            arrays.update(_listed(name, rows, _NAMES[name]))
        return arrays


_NAMES: dict[str, Callable[[Example], tuple[str, ...]]] = {
    "source": lambda row: (row.source,),
    "origin": lambda row: (row.origin,),
    "tags": lambda row: row.tags,
    "flags": lambda row: row.flags,
}


def names_of(facts: Arrays, name: str) -> list[tuple[str, ...]]:
    """The names of each row."""
    found = [one.decode("utf-8", "surrogatepass") for one in facts[name].tolist()]
    ends = np.cumsum(facts[name + SIZES]).tolist()
    return [tuple(found[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def _listed(name: str, rows: Iterable[Example], of: Callable[[Example], tuple[str, ...]]) -> Arrays:
    each = [of(row) for row in rows]
    return {
        name: np.array([n.encode("utf-8", "surrogatepass") for some in each for n in some], np.bytes_),
        name + SIZES: np.array([len(some) for some in each], np.int32),
    }


def _lengths(row: Example) -> tuple[int, int, int, int]:
    prompt = answer = tokens = turns = 0
    for m in row.messages:
        if m.role == "user":
            prompt += len(m.content.split())
            turns += 1
        elif m.role == "assistant":
            answer += len(m.content.split())
        if m.role != "system":
            tokens += estimate(m.content) + (estimate(m.tool_calls) if m.tool_calls else 0)
    return prompt, answer, tokens, turns
