"""Thrift's compact protocol, as much of it as a Parquet footer takes: a struct to fields and back.

What is read and written again gives the same bytes. Names and meanings of the fields are those of
`parquet.thrift`; nothing here knows them. (https://github.com/apache/thrift, doc/specs)
"""

from typing import Any

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_LONG_LIST = 15  # elements from which their number stands behind the header

Value = Any  # int, bool, bytes, Listed or Struct


class Struct(dict[int, tuple[int, Value]]):
    """Type and value of every field by its id, in the order in which they stand there."""


class Listed(list[Value]):
    """A list and the type of its elements."""

    def __init__(self, kind: int, values: list[Value]) -> None:
        super().__init__(values)
        self.kind = kind


def decode(data: bytes) -> Struct:
    """Raises ValueError for what no footer has: maps, sets, and a struct that does not end."""
    try:
        return _Reader(data).struct()
    except IndexError:
        raise ValueError("the struct does not end") from None


def encode(struct: Struct) -> bytes:
    out = bytearray()
    _write(out, _STRUCT, struct)
    return bytes(out)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self) -> Struct:
        found = Struct()
        number = 0
        while (head := self._byte()) != 0:
            delta, kind = head >> 4, head & 15
            number = number + delta if delta else self._signed()
            found[number] = kind, kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind)
        return found

    def _value(self, kind: int) -> Value:
        if kind in (_I16, _I32, _I64):
            return self._signed()
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind == _STRUCT:
            return self.struct()
        if kind == _LIST:
            head = self._byte()
            size = self._varint() if head >> 4 == _LONG_LIST else head >> 4
            of = head & 15
            return Listed(of, [self._value(of) for _ in range(size)])
        if kind in (_TRUE, _FALSE):  # an element of a list
            return self._byte() == _TRUE
        if kind in (_BYTE, _DOUBLE):
            return self._bytes(1 if kind == _BYTE else 8)
        raise ValueError(f"a value of type {kind}")

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _bytes(self, size: int) -> bytes:
        found = self._data[self._at : self._at + size]
        if len(found) != size:
            raise IndexError
        self._at += size
        return found

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def _signed(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)


def _write(out: bytearray, kind: int, value: Value) -> None:
    if kind in (_I16, _I32, _I64):
        _varint(out, value << 1 if value >= 0 else ((-value) << 1) - 1)
    elif kind == _BINARY:
        _varint(out, len(value))
        out += value
    elif kind == _STRUCT:
        before = 0
        for number, (of, field) in value.items():
            delta = number - before
            before = number
            out.append((delta if 0 < delta <= 15 else 0) << 4 | of)
            if not 0 < delta <= 15:
                _write(out, _I16, number)
            if of not in (_TRUE, _FALSE):
                _write(out, of, field)
        out.append(0)
    elif kind == _LIST:
        size = len(value)
        out.append(min(size, _LONG_LIST) << 4 | value.kind)
        if size >= _LONG_LIST:
            _varint(out, size)
        for element in value:
            _write(out, value.kind, element)
    elif kind in (_TRUE, _FALSE):
        out.append(_TRUE if value else _FALSE)
    else:
        out += value


def _varint(out: bytearray, value: int) -> None:
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
