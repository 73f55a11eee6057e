"""The texts of a table of rows that `curate.pii.redaction` scans, as UTF-8 in Arrow's own buffers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from schemas.arrays import Bools, Bytes, Ints

_ROUNDS = 4  # JSON within strings of JSON within strings of JSON


@dataclass(frozen=True, slots=True)
class Texts:
    """Text t is `data[starts[t]:ends[t]]`, of row `rows[t]`."""

    data: Bytes
    starts: Ints
    ends: Ints
    rows: Ints

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, text: int) -> str:
        return self.data[self.starts[text] : self.ends[text]].tobytes().decode()

    def only(self, which: Bools) -> "Texts":
        return Texts(self.data, self.starts[which], self.ends[which], self.rows[which])


def texts_of(rows: pa.Table, unread: Bools) -> Iterator[Texts]:
    """All texts of rows whose schema is ROWS, as the scanner is given them: a value of JSON with its key
    before it. `unread[row]` becomes true for a row with JSON that is not understood here."""
    first = 0
    for batch in rows.to_batches():
        here = np.arange(first, first + batch.num_rows)
        first += batch.num_rows
        messages = batch.column("messages")
        of_message = _repeated(here, messages)
        spoken = dict(zip(messages.type.value_type.names, messages.flatten().flatten(), strict=True))
        tags = batch.column("tags")
        yield _strings(spoken["content"], of_message)
        yield _strings(spoken["name"], of_message)
        yield _strings(tags.flatten(), _repeated(here, tags))
        yield from _values(_strings(spoken["tool_calls"], of_message), unread)
        metadata = _strings(batch.column("metadata"), here)
        yield from _values(metadata.only(metadata.ends - metadata.starts > len("{}")), unread)


def _repeated(rows: Ints, lists: pa.ListArray) -> Ints:
    """The row of each of the lists' values."""
    return np.repeat(rows, lists.value_lengths().fill_null(0).to_numpy())


def _strings(strings: pa.StringArray, rows: Ints) -> Texts:
    """Those that are there and not empty."""
    _, offsets, data = strings.buffers()
    if data is None or not len(strings):
        none = np.empty(0, dtype=np.int64)
        return Texts(np.empty(0, dtype=np.uint8), none, none, none)
    ends = np.frombuffer(offsets, np.int32)[strings.offset :][: len(strings) + 1].astype(np.int64)
    texts = Texts(np.frombuffer(data, np.uint8), ends[:-1], ends[1:], rows)
    there = texts.ends > texts.starts
    if strings.null_count:
        there &= strings.is_valid().to_numpy(zero_copy_only=False)
    return texts.only(there)


def _values(json: Texts, unread: Bools) -> Iterator[Texts]:
    """Of tool calls and metadata, those that are not JSON as they are."""
    from curate.pii.bulk.json_values import AGAIN, END, KEY, KEY_END, OF, START, values_in

    data, rows = json.data, json.rows
    given = np.zeros((len(json), OF), dtype=np.int64)
    given[:, START], given[:, END] = json.starts, json.ends
    for _ in range(_ROUNDS):
        if not len(given):
            return
        size = int((given[:, END] - given[:, START] + given[:, KEY_END] - given[:, KEY]).sum())
        out = np.empty(size * 4 + len(given) * 8, dtype=np.uint8)
        values = np.empty((size // 3 + len(given), AGAIN + 1), dtype=np.int64)
        bad = np.zeros(len(given), dtype=np.bool_)
        count, _ = values_in(data, given, bad, out, values)
        out.setflags(write=False)
        unread[rows[bad]] = True
        values = values[:count]
        of = rows[values[:, OF]]
        again = values[:, AGAIN] == 1
        plain = values[~again]
        yield Texts(out, plain[:, KEY].copy(), plain[:, END].copy(), of[~again])
        data, rows, given = out, of[again], values[again]
    unread[rows] = True
