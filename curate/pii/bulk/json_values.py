"""The values in JSON documents, each with the key before it, and the keys that are more than names: a reader
over UTF-8 bytes, compiled.

It takes the grammar of RFC 8259 strictly, and less than all of it: no `\\u` escapes, none at all in keys, no
more than DEPTH containers within each other. What it does not take is for `json` to read, or not.
"""

from typing import Any

import numpy as np

from curate.similarity.kernels.compiling import kernel
from schemas.arrays import Bools, Bytes, Ints

DEPTH = 32
_LEAST_DIGITS = 7  # of a whole number that is looked at: `curate.pii.redaction`
_MOST_DIGITS = 300  # Python has a limit of its own
_LONGEST_NAME = 32
_VALUE, _VALUE_OR_END, _KEY, _KEY_OR_END, _AFTER = range(5)
_BAD = -1

# Numbers: `ord` in a kernel brings numba's strings along, as an array assigned to part of another does, and
# these take seconds to compile.
_COMMA, _COLON, _SPACE, _QUOTE, _BACKSLASH, _SLASH = map(ord, ',: "\\/')
_BRACE, _BRACE_END, _BRACKET, _BRACKET_END = map(ord, "{}[]")
_ZERO, _NINE, _MINUS, _PLUS, _POINT, _SMALL_E, _LARGE_E = map(ord, "09-+.eE")
_N, _T, _R, _B, _F = map(ord, "ntrbf")
_SMALL_A, _SMALL_Z, _UNDERSCORE = map(ord, "az_")

KEY, KEY_END, START, END, OF, AGAIN = range(6)
"""Columns that say where a value is: `key: value` stands from KEY to END, its key to KEY_END, itself from
START on. OF is the document that it is from, AGAIN says that it is JSON again, to be read in turn."""


@kernel
def values_in(data: Bytes, given: Ints, bad: Bools, out: Bytes, values: Ints) -> tuple[int, int]:
    """Takes apart the JSON objects and arrays among `data[given[d, START]:given[d, END]]`, by their first
    character, and leaves other strings whole. Values within have the key of the innermost object; those in no
    object have the one at `data[given[d, KEY]:given[d, KEY_END]]`.

    Values are strings and the whole numbers that are long enough to be looked at; keys that are no names are
    such, too, without a key. They are written to `out`, unescaped and behind their keys, and told of in
    `values`. Returns how many there are, and how much of `out` is used. `bad[d]` says that d can't be read,
    or there is no room for it: it has no values.
    """
    kinds = np.empty(DEPTH + 1, dtype=np.uint8)
    keys = np.zeros((DEPTH + 2, 2), dtype=np.int64)  # the last one is none
    # With a bare 0 or True all that is called would be compiled twice.
    count: Any = np.int64(0)
    at: Any = np.int64(0)
    quoted: Any = np.bool_(False)
    for d in range(len(given)):
        keys[0, 0], keys[0, 1] = given[d, KEY], given[d, KEY_END]
        first, end = given[d, START], given[d, END]
        if _is_json(data, first, end):
            more, to = _taken_apart(data, first, end, d, kinds, keys, out, at, values, count)
        else:
            more, to = _put(data, first, end, keys[0], quoted, d, out, at, values, count)
        if more == _BAD:
            bad[d] = True
        else:
            count, at = more, to
    return count, at


@kernel
def _taken_apart(
    data: Bytes,
    k: int,
    end: int,
    d: int,
    kinds: Bytes,
    keys: Ints,
    out: Bytes,
    at: int,
    values: Ints,
    count: int,
) -> tuple[int, int]:
    """How many values there are then, and how much of `out` is used; _BAD where it can't be read."""
    depth = 0
    expected: Any = np.int64(_VALUE)
    plain: Any = np.bool_(False)
    escaped: Any = np.bool_(True)
    while True:
        k = _past_space(data, k, end)
        if depth == 0 and expected == _AFTER:
            return (count, at) if k == end else (_BAD, 0)
        if k == end:
            return _BAD, 0
        byte = data[k]
        if expected == _AFTER and byte == _COMMA:
            expected = _KEY if kinds[depth] == _BRACE else _VALUE
            k += 1
        elif expected == _AFTER or _is_end(byte, expected):
            if byte != kinds[depth] + 2:  # ASCII's closing brackets stand two behind the opening ones
                return _BAD, 0
            depth -= 1
            expected = _AFTER
            k += 1
        elif expected == _KEY or expected == _KEY_OR_END:  # noqa: SIM109
            stop = _string_end(data, k, end, plain)
            keys[depth, 0], keys[depth, 1] = k + 1, stop
            k = _past_space(data, stop + 1, end)
            if stop == _BAD or k == end or data[k] != _COLON:
                return _BAD, 0
            if not _is_name(data, keys[depth, 0], stop):
                count, at = _put(data, keys[depth, 0], stop, keys[-1], plain, d, out, at, values, count)
                if count == _BAD:
                    return _BAD, 0
            expected = _VALUE
            k += 1
        elif byte == _BRACE or byte == _BRACKET:  # noqa: SIM109
            if depth == DEPTH:
                return _BAD, 0
            depth += 1
            kinds[depth] = byte
            keys[depth, 0], keys[depth, 1] = keys[depth - 1, 0], keys[depth - 1, 1]
            expected = _KEY_OR_END if byte == _BRACE else _VALUE_OR_END
            k += 1
        else:
            quoted = byte == _QUOTE
            stop = _string_end(data, k, end, escaped) if quoted else _scalar_end(data, k, end)
            if stop == _BAD:
                return _BAD, 0
            if quoted or _is_long(data, k, stop):
                start = k + 1 if quoted else k
                count, at = _put(data, start, stop, keys[depth], quoted, d, out, at, values, count)
            if count == _BAD:
                return _BAD, 0
            expected = _AFTER
            k = stop + 1 if quoted else stop


@kernel
def _put(
    data: Bytes,
    start: int,
    end: int,
    key: Ints,
    quoted: bool,
    d: int,
    out: Bytes,
    at: int,
    values: Ints,
    count: int,
) -> tuple[int, int]:
    """Writes a value behind its key: how many there are then, and how much of `out` is used."""
    if count == len(values) or at + key[1] - key[0] + 2 + end - start > len(out):
        return _BAD, 0
    values[count, KEY], values[count, OF] = at, d
    for k in range(key[0], key[1]):
        out[at] = data[k]
        at += 1
    values[count, KEY_END] = at
    if key[1] > key[0]:
        out[at], out[at + 1] = _COLON, _SPACE
        at += 2
    values[count, START] = at
    k = start
    while k < end:
        byte = data[k]
        if quoted and byte == _BACKSLASH:
            k += 1
            byte = _unescaped(data[k])
        out[at] = byte
        at += 1
        k += 1
    values[count, END] = at
    values[count, AGAIN] = quoted and _is_json(out, values[count, START], at)
    return count + 1, at


@kernel
def _is_json(data: Bytes, start: int, end: int) -> bool:
    k = _past_space(data, start, end)
    return bool(k < end and (data[k] == _BRACE or data[k] == _BRACKET))


@kernel
def _is_name(data: Bytes, start: int, end: int) -> bool:
    """Whether a few ASCII letters and underscores stand there and nothing else: `curate.pii.redaction`."""
    if end - start > _LONGEST_NAME:
        return False
    for k in range(start, end):
        letter = data[k] | 32
        if not (_SMALL_A <= letter <= _SMALL_Z or data[k] == _UNDERSCORE):
            return False
    return True


@kernel
def _is_end(byte: int, expected: int) -> bool:
    """Of a container with nothing in it."""
    if expected == _KEY_OR_END:
        return bool(byte == _BRACE_END)
    return bool(byte == _BRACKET_END and expected == _VALUE_OR_END)


@kernel
def _past_space(data: Bytes, k: int, end: int) -> int:
    while k < end and (data[k] == 32 or 9 <= data[k] <= 10 or data[k] == 13):
        k += 1
    return k


@kernel
def _string_end(data: Bytes, k: int, end: int, escapes: bool) -> int:
    """Where the quote stands that ends the string beginning at `k`; _BAD for none, or what is not taken."""
    if data[k] != _QUOTE:
        return _BAD
    k += 1
    while k < end and data[k] != _QUOTE:
        if data[k] < 32:
            return _BAD
        if data[k] == _BACKSLASH:
            k += 1
            if not escapes or k == end or not _unescaped(data[k]):
                return _BAD
        k += 1
    return k if k < end else _BAD


@kernel
def _unescaped(byte: int) -> int:
    """What a backslash makes of a character; 0 for what it can't stand before."""
    if byte == _QUOTE or byte == _BACKSLASH or byte == _SLASH:  # noqa: SIM109
        return byte
    if byte == _N:
        return 10
    if byte == _T:
        return 9
    if byte == _R:
        return 13
    if byte == _B:
        return 8
    return 12 if byte == _F else 0


@kernel
def _scalar_end(data: Bytes, k: int, end: int) -> int:
    """Past a number, true, false or null; _BAD for anything else."""
    for word in (b"true", b"false", b"null"):
        if k + len(word) <= end and data[k] == word[0]:
            for letter in range(len(word)):
                if data[k + letter] != word[letter]:
                    return _BAD
            return k + len(word)
    start = k
    if data[k] == _MINUS:
        k += 1
    first = k
    k = _past_digits(data, k, end)
    if k == first or (k > first + 1 and data[first] == _ZERO):
        return _BAD
    if k < end and data[k] == _POINT:
        first = k + 1
        k = _past_digits(data, first, end)
        if k == first:
            return _BAD
    if k < end and (data[k] == _SMALL_E or data[k] == _LARGE_E):
        k += 1
        if k < end and (data[k] == _PLUS or data[k] == _MINUS):
            k += 1
        first = k
        k = _past_digits(data, first, end)
        if k == first:
            return _BAD
    return k if k - start <= _MOST_DIGITS else _BAD


@kernel
def _past_digits(data: Bytes, k: int, end: int) -> int:
    while k < end and _ZERO <= data[k] <= _NINE:
        k += 1
    return k


@kernel
def _is_long(data: Bytes, start: int, end: int) -> bool:
    first = start + 1 if data[start] == _MINUS else start
    return _past_digits(data, first, end) == end and end - first >= _LEAST_DIGITS
