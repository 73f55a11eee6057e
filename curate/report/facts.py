"""What a report counts of a row, as arrays: a feature of batches, so that rows known are not read again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.quality.too_long import estimate
from curate.similarity.row_texts import Turns, are_ascii, each_text, encoded, run_starts
from schemas.arrays import Ints
from schemas.example import Example
from schemas.stage import SIZES

Arrays = Mapping[str, npt.NDArray[Any]]
_COUNTS = ("prompt", "answer", "tokens", "turns")
_ONE = ("source", "origin")
LISTS = (*_ONE, "tags", "flags")  # of each row one name, or some
_SPACES = np.array([chr(code).isspace() for code in range(128)])
_ASCII_A_TOKEN = 4


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
            arrays.update(_listed(name, [_NAMES[name](row) for row in rows]))
        return arrays

    def of_table(self, rows: pa.Table) -> dict[str, npt.NDArray[Any]]:
        turns = Turns.of(rows)
        asked, answered = turns.by("user"), turns.by("assistant")
        words = _words(turns.content)
        tokens = np.where(turns.by("system"), 0, _tokens(turns.content) + _tokens(turns.tool_calls))
        arrays: dict[str, npt.NDArray[Any]] = {
            "prompt": turns.total(np.where(asked, words, 0)),
            "answer": turns.total(np.where(answered, words, 0)),
            "tokens": turns.total(tokens),
            "turns": turns.total(asked),
        }
        for name in LISTS:
            names = rows.column(name).to_pylist()
            arrays.update(_listed(name, [(n,) for n in names] if name in _ONE else names))
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


def _listed(name: str, each: Sequence[Sequence[str]]) -> Arrays:
    return {
        name: np.array([n.encode("utf-8", "surrogatepass") for some in each for n in some], np.bytes_),
        name + SIZES: np.array([len(some) for some in each], np.int32),
    }


def _words(texts: pa.StringArray) -> Ints:
    """The words between white space of each text."""
    counts = each_text(texts, are_ascii(texts), _ascii_words, lambda text: len(text.split()))
    found: Ints = counts.to_numpy()
    return found


def _ascii_words(texts: pa.StringArray) -> pa.Int64Array:
    data, starts = encoded(texts)
    return pa.array(np.diff(np.searchsorted(run_starts(~_SPACES[data], starts), starts)))


def _tokens(texts: pa.StringArray) -> Ints:
    """`estimate` of each text, 0 for none."""
    texts = pc.fill_null(texts, "")
    found: Ints = each_text(texts, are_ascii(texts), _ascii_tokens, estimate).to_numpy()
    return found


def _ascii_tokens(texts: pa.StringArray) -> pa.Int64Array:
    return pa.array(np.rint(pc.binary_length(texts).to_numpy() / _ASCII_A_TOKEN).astype(np.int64))


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
