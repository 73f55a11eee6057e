"""Token losses of one run, aligned to the text of the assistant's messages.

`tokens.parquet` has the ids and losses of the trained tokens. Their bytes are read off the run's tokenizer,
laid end to end, and each assistant message is found in them: so no template needs to be known, and a message
whose end was cut off is shaded as far as it was trained. Where one can't be found, `TokenNote` says why.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from schemas.example import Example
from train.store import ADAPTER, TOKENS, Run
from train.token_bytes import TokenBytes

Span = tuple[int, int, float]  # first character, one past the last, nats


@dataclass(frozen=True, slots=True)
class TokenNote:
    """Why token losses are not shown."""

    why: str


class TokenLosses:
    """Reads `tokens.parquet` row group by row group, as examples are shown."""

    def __init__(self, tokens_path: Path, tokenizer_path: Path, *, one_class: bool = False) -> None:
        self._tokens_path = tokens_path
        self._tokenizer_path = tokenizer_path
        self._one_class = one_class
        self._group: tuple[int, Any] | None = None

    @classmethod
    def of_run(cls, run: Run) -> "TokenLosses":
        one_class = run.info.task == "classification"
        return cls(run.path / TOKENS, run.path / ADAPTER / "tokenizer.json", one_class=one_class)

    def spans(self, example: Example) -> dict[int, list[Span]] | TokenNote:
        """For each assistant message by its index, the character spans of its trained tokens."""
        if not self._tokens_path.is_file():
            return TokenNote("the run has no token losses")
        try:
            return self._spans(example)
        except (OSError, pa.ArrowInvalid, ValueError) as error:
            return TokenNote(str(error))

    def _spans(self, example: Example) -> dict[int, list[Span]] | TokenNote:
        found = self._token_row(example.example_id)
        if found is None:
            return TokenNote("the run did not train on or measure this example")
        ids, nll = found
        if self._one_class:
            return _whole_answer(example, nll[0])
        pieces = self._vocabulary.of(ids)
        answers = {i: m.content for i, m in enumerate(example.messages) if m.role == "assistant"}
        aligned = align(pieces, nll, answers)
        if aligned is None:
            return TokenNote("the text is not the one that the run was trained on")
        return aligned

    @cached_property
    def _vocabulary(self) -> TokenBytes:
        return TokenBytes.load(self._tokenizer_path)

    @cached_property
    def _file(self) -> Any:
        return pq.ParquetFile(self._tokens_path, memory_map=True)

    @cached_property
    def _index(self) -> tuple[Any, list[int]]:
        """Ids of the adapter's rows (null elsewhere), and the first row of each row group."""
        keys = self._file.read(columns=["example_id", "model", "step"])
        adapter = pc.equal(keys["model"], "adapter")
        wanted = adapter if pc.any(adapter).as_py() else pc.equal(keys["model"], "base")
        step = pc.max(keys["step"].filter(wanted))
        wanted = pc.and_(wanted, pc.equal(keys["step"], step))
        ids = pc.if_else(wanted, keys["example_id"], pa.scalar(None, pa.string()))
        counts = [self._file.metadata.row_group(i).num_rows for i in range(self._file.num_row_groups)]
        return ids, list(accumulate(counts, initial=0))

    def _token_row(self, example_id: str) -> tuple[list[int], list[float]] | None:
        ids, starts = self._index
        at = pc.index(ids, pa.scalar(example_id, ids.type)).as_py()
        if at < 0:
            return None
        group = bisect_right(starts, at) - 1
        if self._group is None or self._group[0] != group:
            self._group = (group, self._file.read_row_group(group, columns=["token_ids", "nll"]))
        row = self._group[1].slice(at - starts[group], 1)
        return row["token_ids"][0].as_py(), row["nll"][0].as_py()


def _whole_answer(example: Example, nll: float) -> dict[int, list[Span]]:
    """The loss of a class lies on the whole of the last answer, which names it."""
    at = max((i for i, m in enumerate(example.messages) if m.role == "assistant"), default=None)
    if at is None:
        return {}
    text = example.messages[at].content
    start = len(text) - len(text.lstrip())
    return {at: [(start, start + len(text.strip()), nll)]}


def align(
    pieces: Sequence[bytes], nll: Sequence[float], answers: dict[int, str]
) -> dict[int, list[Span]] | None:
    """Spans of each answer's characters by the token that made them, or None when an answer isn't there.

    An answer may be cut off where the tokens end; answers after it then have no spans.
    """
    joined = b"".join(pieces)
    position = 0
    aligned: dict[int, list[Span]] = {}
    for index, text in answers.items():
        wanted = text.encode("utf-8", "surrogatepass")
        if not wanted:
            continue
        found = _find(joined, wanted, position)
        if found is None:
            return None if position < len(joined) else aligned
        start, position = found
        aligned[index] = _spans_of(text, start, position, pieces, nll)
    return aligned


def _find(joined: bytes, wanted: bytes, position: int) -> tuple[int, int] | None:
    """Where `wanted` stands in `joined` from `position` on, or its beginning at the end of `joined`."""
    start = joined.find(wanted, position)
    if start >= 0:
        return start, start + len(wanted)
    start = max(position, len(joined) - len(wanted))
    while (start := joined.find(wanted[:1], start)) >= 0:
        if wanted.startswith(joined[start:]):
            return start, len(joined)
        start += 1
    return None


def _spans_of(text: str, start: int, end: int, pieces: Sequence[bytes], nll: Sequence[float]) -> list[Span]:
    """Character spans of the tokens that lie in bytes `start` to `end`; one that ends inside a character
    has it whole, and a character of several tokens has the loss of the worst."""
    character_at = _characters(text, end - start)
    spans: list[Span] = []
    byte = 0
    for piece, loss in zip(pieces, nll, strict=True):
        low, high = max(byte, start), min(byte + len(piece), end)
        byte += len(piece)
        if low >= high:
            continue
        first, last = character_at[low - start], character_at[high - 1 - start] + 1
        if spans and spans[-1][1] > first:
            begin, _, worst = spans.pop()
            spans.append((begin, last, max(worst, loss)))
        else:
            spans.append((first, last, loss))
    return spans


def _characters(text: str, n_bytes: int) -> list[int]:
    """The index of the character to which each of the first `n_bytes` UTF-8 bytes of `text` belongs."""
    owners: list[int] = []
    for index, character in enumerate(text):
        owners += [index] * len(character.encode("utf-8", "surrogatepass"))
        if len(owners) >= n_bytes:
            break
    return owners
