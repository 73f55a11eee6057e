"""What dedup must know of every row but its text: who it is, where from, what speaks for keeping it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.duplicates.tools import calls, has_tools, results
from curate.similarity.row_texts import Turns, are_ascii, each_text, pieces
from curate.similarity.sets import numbered
from curate.similarity.words import spoken
from schemas.arrays import Bools, Ints, Uint64s
from schemas.canonical import to_json
from schemas.example import Example, Message, canonical_text
from schemas.stage import Rows

_CONTENT_BYTES = 16
_CONTENT = np.dtype((np.void, _CONTENT_BYTES))
_SPACES = "".join(chr(code) for code in range(128) if chr(code).isspace())


class FactsFeature:
    """One entry a row: `content` (a hash of the messages without the system prompt), `texts` (hashes of the
    prompt, and of the answer with calls and results of tools), `protected`, `priority`, `spoken`
    (characters), `lines`, `sources` (UTF-8)."""

    key = "dedup-facts/3"

    def __call__(self, rows: Sequence[Example]) -> dict[str, npt.NDArray[Any]]:
        texts = _hashes(chain.from_iterable(map(_texts, rows)), 8).reshape(-1, 2)
        using = {at: row.messages for at, row in enumerate(rows) if has_tools(row.messages)}
        return {
            "content": _hashes(map(_content, rows), _CONTENT_BYTES).reshape(-1, _CONTENT_BYTES // 8),
            "texts": texts ^ _tools(using, len(rows)),
            "protected": np.array([row.protected for row in rows], dtype=np.bool_),
            "priority": np.array([row.priority for row in rows], dtype=np.int64),
            "spoken": np.array([len(spoken(row)) for row in rows], dtype=np.int64),
            "lines": np.array([row.line for row in rows], dtype=np.int64),
            "sources": np.array(
                [row.source.encode("utf-8", "surrogatepass") for row in rows], dtype=np.bytes_
            ),
        }

    def of_table(self, rows: pa.Table) -> dict[str, npt.NDArray[Any]]:
        turns = Turns.of(rows)
        texts = (_hashes(pieces(turns.lines(role)), 8) for role in ("user", "assistant"))
        spoken = pc.utf8_length(turns.lines("user", "assistant")).to_numpy()
        return {
            "content": _hashes(pieces(_contents(turns)), _CONTENT_BYTES).reshape(-1, _CONTENT_BYTES // 8),
            "texts": np.column_stack(list(texts)) ^ _tools(_using_tools(turns), len(rows)),
            "protected": rows.column("protected").to_numpy(),
            "priority": rows.column("priority").to_numpy(),
            "spoken": spoken.astype(np.int64),
            "lines": rows.column("line").to_numpy(),
            "sources": np.array(rows.column("source").cast(pa.binary()).to_pylist(), dtype=np.bytes_),
        }


class Facts:
    """The facts of all rows, by position."""

    def __init__(
        self,
        ids: npt.NDArray[np.bytes_],
        content: npt.NDArray[Any],
        batches: Sequence[Mapping[str, npt.NDArray[Any]]],
    ) -> None:
        self.ids = ids
        self.content = content
        self.texts: Uint64s = np.concatenate(
            [np.empty((0, 2), np.uint64), *(batch["texts"] for batch in batches)]
        )
        self.protected: Bools = _column(batches, "protected", np.bool_)
        self.priority: Ints = _column(batches, "priority", np.int64)
        self.spoken: Ints = _column(batches, "spoken", np.int64)
        self._lines: Ints = _column(batches, "lines", np.int64)
        names, self._sources = np.unique(_column(batches, "sources", np.bytes_), return_inverse=True)
        self.names: list[str] = [name.decode("utf-8", "surrogatepass") for name in names.tolist()]

    @classmethod
    def of(cls, rows: Rows) -> "Facts":
        return cls(rows.column("example_id"), contents(rows), list(rows.features(FactsFeature())))

    def __len__(self) -> int:
        return len(self.ids)

    def example_id(self, row: int) -> str:
        example_id: bytes = self.ids.item(row)
        return example_id.decode()

    def source(self, row: int) -> str:
        return self.names[self._sources.item(row)]

    def line(self, row: int) -> int:
        line: int = self._lines.item(row)
        return line

    def ranked(self, keep: Sequence[str]) -> Ints:
        """All rows, the one to keep first in front: by the merits that `keep` names, then the lowest id, then
        the place in its source."""
        merits = {
            "reviewed": self.protected.astype(np.int64),
            "priority": self.priority,
            "longest": self.spoken,
        }
        first, *others = _words(self.ids)
        most = [*(-merits[name] for name in keep), first]
        order = _ordered(most)
        # Few rows are equal in all of these: only they are compared further.
        same = np.ones(max(len(order) - 1, 0), dtype=bool)
        for column in most:
            ranked = column[order]
            same &= ranked[1:] == ranked[:-1]
        tied = np.flatnonzero(np.append(same, False) | np.append(False, same)[: len(order)])
        rows = order[tied]
        order[tied] = rows[_ordered([c[rows] for c in (*most, *others, self._sources, self._lines)])]
        return order

    def first_alike(self, ranked: Ints) -> tuple[Ints, Ints]:
        """For each row the first in `ranked` with its id, and the first with its content among those that
        are the first with their id."""
        number, first = numbered(self.ids[ranked])
        by_id = np.empty(len(self), dtype=np.int64)
        by_id[ranked] = ranked[first[number]]
        unique = ranked[by_id[ranked] == ranked]
        number, first = numbered(self.content[unique])
        by_content = by_id.copy()
        by_content[unique] = unique[first[number]]
        return by_id, by_content


def contents(rows: Rows) -> npt.NDArray[Any]:
    """The hashes of all rows' messages: one column, which may be kept for all builds to come."""
    found = rows.features(FactsFeature(), only=("content",))
    return np.concatenate(
        [np.empty(0, _CONTENT), *(batch["content"].view(_CONTENT).ravel() for batch in found)]
    )


def _column(batches: Sequence[Mapping[str, npt.NDArray[Any]]], name: str, kind: npt.DTypeLike) -> Any:
    return np.concatenate([np.empty(0, dtype=kind), *(batch[name] for batch in batches)])


def _words(texts: npt.NDArray[np.bytes_]) -> list[npt.NDArray[Any]]:
    """Numbers that sort as the texts do, the first of them compared first. Eight bytes a word."""
    width = max(-(-texts.dtype.itemsize // 8), 1)
    words = texts.astype(f"S{8 * width}").view(">u8").reshape(len(texts), width)
    return [words[:, at].astype(np.uint64) for at in range(width)]


def _ordered(columns: Sequence[npt.NDArray[Any]]) -> Ints:
    """The order of rows by several columns, the first of them compared first."""
    telling = [column for column in columns if len(column) and (column != column[0]).any()]
    return np.lexsort(telling[::-1]) if telling else np.arange(len(columns[0]))


def _hashes(texts: Iterable[bytes | memoryview], size: int) -> Uint64s:
    """BLAKE2 of each, so many bytes as words of 64 bits."""
    digests = b"".join(blake2b(text, digest_size=size).digest() for text in texts)
    return np.frombuffer(digests, dtype=np.uint64)


def _texts(row: Example) -> Iterator[bytes]:
    return (text.encode("utf-8", "surrogatepass") for text in (row.prompt, row.answer))


def _tools(rows: Mapping[int, Sequence[Message]], count: int) -> Uint64s:
    """Beside texts, hashes of the calls and results in the messages of these rows, by their places among so
    many; 0 where there are none."""
    found = np.zeros((count, 2), np.uint64)
    for at, messages in rows.items():
        said = to_json([calls(messages), results(messages)])
        found[at, 1] = _hashes([said.encode("utf-8", "surrogatepass")], 8)[0]
    return found


def _using_tools(turns: Turns) -> dict[int, list[Message]]:
    """By row, the messages that call tools or hold their results."""
    call = pc.fill_null(pc.binary_length(turns.tool_calls), 0).to_numpy() > 0
    which = np.flatnonzero(turns.by("tool") | call)
    columns = (column.take(which).to_pylist() for column in (turns.role, turns.content, turns.tool_calls))
    found: dict[int, list[Message]] = {}
    for row, role, content, made in zip(turns.row[which].tolist(), *columns, strict=True):
        found.setdefault(row, []).append(Message(role, content, tool_calls=made))
    return found


def _content(row: Example) -> bytes:
    """Equal where the messages are, the system prompt and what `canonical_text` folds left out."""
    said = map(_unambiguous, row.turns)
    return "".join(said).encode("utf-8", "surrogatepass")


def _unambiguous(message: Message) -> str:
    parts = (
        message.role,
        canonical_text(message.content),
        message.name,
        message.tool_calls,
        message.tool_call_id,
    )
    return "".join("-" if part is None else f"{len(part)}:{part}" for part in parts)


def _contents(turns: Turns) -> pa.StringArray:
    """`_content` of every row."""
    columns = (turns.role, _canonical(turns.content), turns.name, turns.tool_calls, turns.tool_call_id)
    parts = [_with_length(column) for column in columns]
    return turns.joined(pc.binary_join_element_wise(*parts, ""), ~turns.by("system"), "")


def _with_length(column: pa.StringArray) -> pa.StringArray:
    lengths = pc.cast(pc.utf8_length(column), pa.string())
    return pc.fill_null(pc.binary_join_element_wise(lengths, column, ":"), "-")


def _canonical(texts: pa.StringArray) -> pa.StringArray:
    """`canonical_text` of every text."""
    returns = pc.match_substring(texts, "\r").to_numpy(zero_copy_only=False)
    plain = are_ascii(texts) & ~returns
    return each_text(texts, plain, lambda some: pc.ascii_trim(some, _SPACES), canonical_text)
