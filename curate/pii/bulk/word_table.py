"""The words of many texts, found in a table of known words: compiled loops over UTF-8 bytes.

A word is what stands between ASCII's white space. Its bytes go through `fold` first, which has an entry for
each of the 256, 0 for white space alone. The table has a line of 64 bytes for a word: its last 16 bytes as
one number in two halves, so that most words are compared at once; how many it has; what is known of it; and
those before the 16, zeros behind.
"""

import numpy as np

from curate.pii.look import LEAST_LOOSE, LEAST_ROW
from curate.similarity.kernels.compiling import kernel
from curate.similarity.kernels.mixing import BASIS, PRIME, mixed64
from schemas.arrays import Bytes, Ints, Ints32, Uint64s

LINE = 64
HIGH, LOW, SIZE, KNOWN = range(4)  # columns of a line's numbers
LETTERS = 32  # where its bytes begin

FREE = np.uint64(0)
ADDED = np.uint64(1)  # nothing is known of it yet
FIRST_SET = np.uint64(2)  # and so on: the number of the set of its bits

DONE, AGAIN, ALONE = range(3)
DIGIT, SEPARATES, LOOSE = 1, 2, 4
_MOST_TRIED = 256  # lines for a word, so that no text takes long
_BYTE, _SEVEN = np.uint64(8), np.uint64(56)  # bits
_LAST, _LONGEST = np.uint64(16), np.uint64(16 + LINE - LETTERS)  # bytes


@kernel
def look_over(
    data: Bytes,
    starts: Ints,
    ends: Ints,
    which: Ints,
    fold: Bytes,
    part: Bytes,
    letters: Bytes,
    table: Uint64s,
    sets: Uint64s,
    added: Ints32,
    bits: Uint64s,
    rows: Ints32,
    state: Bytes,
) -> int:
    """Looks at the texts `data[starts[t]:ends[t]]` for t in `which`; returns how many words the table got,
    whose lines are then in `added`. `letters` and `table` are the same lines, as bytes and as numbers.

    `bits[t]` becomes the union of the words' `sets`, `rows[t]` what `curate.pii.look.Rows` is; `part` has of
    a byte whether it is a digit, SEPARATES digits of a row, and is LOOSE between them. `state[t]` becomes
    AGAIN where one of the words was added, ALONE where one is too long for the table or finds no room in it.
    """
    new = 0
    mask = np.uint64(len(table) - 1)
    for t in which:
        start, end = starts[t], ends[t]
        bits[t] = 0
        answer = DONE
        parts = np.uint8(0)
        h = BASIS
        high = low = np.uint64(0)
        begin = start
        for k in range(start, end + 1):
            byte = np.uint64(fold[data[k]]) if k < end else np.uint64(0)
            if byte:
                parts |= part[data[k]]
                h = (h ^ byte) * PRIME
                high = (high << _BYTE) | (low >> _SEVEN)
                low = (low << _BYTE) | byte
                continue
            size = np.uint64(k - begin)
            if size:
                line = mixed64(h) & mask  # written out here: calls would take thrice the time
                tried = 0
                while (
                    tried < _MOST_TRIED
                    and table[line, KNOWN] != FREE
                    and not (
                        table[line, LOW] == low
                        and table[line, HIGH] == high
                        and table[line, SIZE] == size
                        and (size <= _LAST or _begins(data, begin, k, fold, letters[line]))
                    )
                ):
                    line = (line + np.uint64(1)) & mask
                    tried += 1
                known = table[line, KNOWN] if tried < _MOST_TRIED else FREE
                if known == FREE and tried < _MOST_TRIED and size <= _LONGEST and new < len(added):
                    table[line, HIGH], table[line, LOW], table[line, SIZE] = high, low, size
                    table[line, KNOWN] = known = ADDED
                    _write(data, begin, k, fold, letters[line])
                    added[new] = line
                    new += 1
                if known == FREE:
                    answer = ALONE
                elif known == ADDED:
                    answer = max(answer, AGAIN)
                elif known > FIRST_SET:
                    for b in range(sets.shape[1]):
                        bits[t, b] |= sets[known - FIRST_SET, b]
                h = BASIS
                high = low = np.uint64(0)
            begin = k + 1
        state[t] = answer
        rows[t] = 0
        if parts & DIGIT:
            _count(data, start, end, part, rows[t])
    return new


@kernel
def _begins(data: Bytes, begin: int, end: int, fold: Bytes, line: Bytes) -> bool:
    """Whether the word's bytes but the last 16 are those of the line."""
    for k in range(end - begin - 16):  # noqa: SIM110
        if line[LETTERS + k] != fold[data[begin + k]]:
            return False
    return True


@kernel
def _write(data: Bytes, begin: int, end: int, fold: Bytes, line: Bytes) -> None:
    for k in range(end - begin - 16):
        line[LETTERS + k] = fold[data[begin + k]]


@kernel
def _count(data: Bytes, start: int, end: int, part: Bytes, rows: Ints32) -> None:
    digits = gap = loose = 0
    parted = False
    for k in range(start, end):
        kind = part[data[k]]
        if kind & DIGIT:
            parted |= gap > 0
            digits += 1
            loose += 1
            gap = 0
            if digits >= LEAST_ROW:
                rows[0] = max(rows[0], digits)
                if parted:
                    rows[1] = max(rows[1], digits)
            if loose >= LEAST_LOOSE:
                rows[2] = max(rows[2], loose)
            continue
        if digits:
            gap += 1
            if gap > 1 or not kind & SEPARATES:
                digits = gap = 0
                parted = False
        if not kind & LOOSE:
            loose = 0
