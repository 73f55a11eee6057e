"""Text to shingles: UTF-8 bytes in, the sorted hashes of each row's word n-grams out."""

import numpy as np

from curate.similarity.hashing import MULTIPLIER, SALT
from curate.similarity.kernels.compiling import kernel
from curate.similarity.kernels.mixing import BASIS, PRIME, mixed64
from curate.similarity.kernels.utf8 import character
from schemas.arrays import Bytes, Ints, Ints32, Uint64s

_MULTIPLIER = np.uint64(MULTIPLIER)


@kernel
def shingle_rows(
    data: Bytes,
    starts: Ints,
    n: int,
    ascii_fold: Bytes,
    fold_starts: Ints32,
    fold_bytes: Bytes,
    hashes: Uint64s,
    sizes: Ints32,
    counts: Ints32,
    texts: Uint64s,
    sets: Uint64s,
) -> int:
    """Shingles of the rows `data[starts[i]:starts[i + 1]]`; returns how many were written to `hashes`.

    `sizes` are distinct shingles a row, `counts` words, `texts` hashes of the words in order, `sets` of the
    shingles. The folding tables are those of `curate.similarity.folding`.
    """
    longest = 0
    for row in range(len(starts) - 1):
        longest = max(longest, starts[row + 1] - starts[row])
    scratch = np.empty(0, dtype=np.uint8)
    word_hashes = np.empty(longest * 2 + 8, dtype=np.uint64)  # a character of an unspaced script is a word
    unsorted = np.empty(longest * 2 + 8, dtype=np.uint64)
    places = np.empty(longest * 2 + 10, dtype=np.int32)
    at = 0
    for row in range(len(starts) - 1):
        start, end = starts[row], starts[row + 1]
        source = data
        if not _is_ascii(data, start, end):
            if len(scratch) == 0:
                scratch = np.empty(longest * 3 + 8, dtype=np.uint8)
            end = _fold(data, start, end, ascii_fold, fold_starts, fold_bytes, scratch)
            start = 0
            source = scratch
        words = _words(source, start, end, ascii_fold, word_hashes)
        written = _ngrams(word_hashes, words, n, unsorted)
        distinct = _sorted_distinct(unsorted, written, places, hashes, at)
        text = np.uint64(0)
        power = _MULTIPLIER
        for k in range(words):
            text += word_hashes[k] * power
            power *= _MULTIPLIER
        key = np.uint64(0)
        for k in range(at, at + distinct):
            key += mixed64(hashes[k] ^ SALT)
        sizes[row] = distinct
        counts[row] = words
        texts[row] = mixed64(text)
        sets[row] = mixed64(key)
        at += distinct
    return at


@kernel
def _is_ascii(data: Bytes, start: int, end: int) -> bool:
    seen = np.uint8(0)
    for k in range(start, end):
        seen |= data[k]
    return int(seen) < 128


@kernel
def _fold(
    data: Bytes,
    start: int,
    end: int,
    ascii_fold: Bytes,
    fold_starts: Ints32,
    fold_bytes: Bytes,
    out: Bytes,
) -> int:
    """Folds UTF-8 (surrogates may be encoded) into `out`; returns the bytes written."""
    k = start
    at = 0
    while k < end:
        lead = np.int64(data[k])
        if lead < 0x80:
            folded = ascii_fold[lead]
            out[at] = folded if folded else 32
            at += 1
            k += 1
            continue
        code, k = character(data, k)
        for f in range(fold_starts[code], fold_starts[code + 1]):
            out[at] = fold_bytes[f]
            at += 1
    return at


@kernel
def _words(data: Bytes, start: int, end: int, ascii_fold: Bytes, out: Uint64s) -> int:
    """Hash of every word: FNV-1a, mixed. Bytes from 0x80 on are of folded words."""
    words = 0
    h = BASIS
    inside = False
    for k in range(start, end):
        byte = data[k]
        folded = ascii_fold[byte] if byte < 128 else byte
        if folded:
            h = (h ^ np.uint64(folded)) * PRIME
            inside = True
        elif inside:
            out[words] = mixed64(h)
            words += 1
            h = BASIS
            inside = False
    if inside:
        out[words] = mixed64(h)
        words += 1
    return words


@kernel
def _ngrams(words: Uint64s, count: int, n: int, out: Uint64s) -> int:
    """Hash of every n-gram: a polynomial over the words' hashes, mixed. Fewer words are one n-gram."""
    if count == 0:
        return 0
    size = min(n, count)
    leading = np.uint64(1)
    for _ in range(size - 1):
        leading *= _MULTIPLIER
    rolling = np.uint64(0)
    for k in range(size):
        rolling = rolling * _MULTIPLIER + words[k]
    out[0] = mixed64(rolling)
    for k in range(size, count):
        rolling = (rolling - words[k - size] * leading) * _MULTIPLIER + words[k]
        out[k - size + 1] = mixed64(rolling)
    return count - size + 1


@kernel
def _sorted_distinct(values: Uint64s, count: int, places: Ints32, out: Uint64s, at: int) -> int:
    """Sorts into `out[at:]` without repeats. Hashes are spread evenly, so that each goes near its place at
    once."""
    if count == 0:
        return 0
    scale = np.uint64(count)
    for k in range(count + 1):
        places[k] = 0
    for k in range(count):
        places[((values[k] >> np.uint64(32)) * scale >> np.uint64(32)) + np.uint64(1)] += 1
    for k in range(count):
        places[k + 1] += places[k]
    for k in range(count):
        place = (values[k] >> np.uint64(32)) * scale >> np.uint64(32)
        out[at + places[place]] = values[k]
        places[place] += 1
    for k in range(at + 1, at + count):
        value = out[k]
        before = k - 1
        while before >= at and out[before] > value:
            out[before + 1] = out[before]
            before -= 1
        out[before + 1] = value
    distinct = 1
    for k in range(at + 1, at + count):
        if out[k] != out[k - 1]:
            out[at + distinct] = out[k]
            distinct += 1
    return distinct
