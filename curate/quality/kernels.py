"""Kernels over the bytes of many texts: their words as hashes, loops and echoes among these, their alphabets.

`data[starts[i]:ends[i]]` is text i, in UTF-8.
"""

import numpy as np

from curate.similarity.kernels.compiling import kernel
from curate.similarity.kernels.mixing import BASIS, PRIME
from curate.similarity.kernels.utf8 import character
from schemas.arrays import Bools, Bytes, Ints, Ints16, Ints32, Uint32s, Uint64s

DELETED = np.uint8(255)  # of ASCII: what is no part of a word and does not end it


@kernel
def mark_blocks(data: Bytes, blocks: Bools) -> None:
    """Marks the blocks of 256 characters that those in `data` are of."""
    k = 0
    while k < len(data):
        lead = np.int64(data[k])
        if lead < 0x80:
            k += 1
            continue
        code, k = character(data, k)
        blocks[code >> 8] = True


@kernel
def hash_words(
    data: Bytes,
    starts: Ints,
    ends: Ints,
    ascii_fold: Bytes,
    blocks: Ints32,
    fold_starts: Ints32,
    fold_codes: Ints32,
    hashes: Uint64s,
    sizes: Ints32,
) -> int:
    """The words of each text in order, as hashes one after another, `sizes` of them; returns how many in all.

    The folding is that of `curate.quality.hashed_words.Folding`.
    """
    at = 0
    for text in range(len(starts)):
        k, end = starts[text], ends[text]
        first = at
        h = BASIS
        inside = False
        while k < end:
            byte = data[k]
            if byte < 0x80:
                k += 1
                if ascii_fold[byte] != DELETED:
                    h, inside, at = _read(np.uint64(ascii_fold[byte]), h, inside, hashes, at)
                continue
            code, k = character(data, k)
            entry = np.int64(blocks[code >> 8]) + (code & 255)
            for f in range(fold_starts[entry], fold_starts[entry + 1]):
                h, inside, at = _read(np.uint64(fold_codes[f]), h, inside, hashes, at)
        if inside:
            hashes[at] = h
            at += 1
        sizes[text] = at - first
    return at


@kernel
def _read(
    folded: np.uint64, h: np.uint64, inside: bool, hashes: Uint64s, at: int
) -> tuple[np.uint64, bool, int]:
    """One character of a word with hash `h` so far, or 0, which ends it: then its hash is written."""
    if folded:
        return (h ^ folded) * PRIME, True, at
    if inside:
        hashes[at] = h
        return BASIS, False, at + 1
    return h, inside, at


@kernel
def find_signs(
    data: Bytes,
    starts: Ints,
    ends: Ints,
    lower: Bytes,
    group_of: Ints16,
    groups: Ints32,
    signs: Bytes,
    sign_starts: Ints32,
    found: Bytes,
) -> None:
    """Texts that hold one of some signs (1), hold none (0), or have a character beyond ASCII before any (2).

    The signs that may begin with the bytes a, b and c are those from `groups[g]` to `groups[g + 1]`, where
    `g = group_of[a % 32 * 1024 + b % 32 * 32 + c % 32]` is not below 0. Behind a text all bytes are 0.
    """
    for text in range(len(starts)):
        start, end = starts[text], ends[text]
        found[text] = 0
        window = np.int64(0)
        for k in range(start, end + 2):
            byte = np.int64(data[k]) if k < end else np.int64(0)
            if byte >= 0x80:
                found[text] = 2
                break
            window = ((window << 5) | (byte & 31)) & 0x7FFF
            group = group_of[window]
            if (
                group >= 0
                and k >= start + 2
                and _stands(data, k - 2, end, lower, groups[group], groups[group + 1], signs, sign_starts)
            ):
                found[text] = 1
                break


@kernel
def _stands(
    data: Bytes, k: int, end: int, lower: Bytes, first: int, last: int, signs: Bytes, sign_starts: Ints32
) -> bool:
    """Whether one of the signs from `first` to `last` stands at `k`."""
    for sign in range(first, last):
        size = sign_starts[sign + 1] - sign_starts[sign]
        same = 0
        while same < size and k + same < end and lower[data[k + same]] == signs[sign_starts[sign] + same]:
            same += 1
        if same == size:
            return True
    return False


@kernel
def find_bytes(data: Bytes, starts: Ints, ends: Ints, wanted: Bools, found: Bools) -> None:
    """Texts with one of the bytes that are `wanted`."""
    for text in range(len(starts)):
        k, end = starts[text], ends[text]
        while k < end and not wanted[data[k]]:
            k += 1
        found[text] = k < end


@kernel
def find_loops(
    words: Uint64s,
    starts: Ints,
    sizes: Ints32,
    longest: int,
    repeats: int,
    least: int,
    share: float,
    found: Bools,
) -> None:
    """Texts in which a phrase of at most `longest` words follows itself, `repeats` times in all, over `least`
    words and about that share of the text."""
    for text in range(len(starts)):
        start = starts[text]
        size = np.int64(sizes[text])
        found[text] = False
        if size < least:
            continue
        covered = max(least, int(share * size) - 1)
        for period in range(1, longest + 1):
            run = max(covered, repeats * period) - period  # words that each equal the one a period before
            # As in Boyer and Moore's search: where a run's last word is none, no word up to it need be seen.
            last = start + period + run - 1
            while last < start + size:
                at = last
                while at > last - run and words[at] == words[at - period]:
                    at -= 1
                if at == last - run:
                    found[text] = True
                    break
                last = at + run
            if found[text]:
                break


@kernel
def find_echoes(
    words: Uint64s, starts: Ints, sizes: Ints32, asked: Ints, least: int, more: int, found: Bools
) -> None:
    """Of the texts `asked`, those whose words, `least` or more, all stand in the text after them in a row,
    with at most `more` others."""
    for n in range(len(asked)):
        question = asked[n]
        size, answered = np.int64(sizes[question]), np.int64(sizes[question + 1])
        found[n] = False
        if size < least or answered < size or answered > size + more:
            continue
        for shift in range(answered - size + 1):
            same = 0
            while (
                same < size and words[starts[question] + same] == words[starts[question + 1] + shift + same]
            ):
                same += 1
            if same == size:
                found[n] = True
                break


@kernel
def count_alphabets(
    data: Bytes, starts: Ints, ends: Ints, ranges: Ints, narrow: Ints, wide: Ints, other: Ints
) -> None:
    """Characters of each text: of ASCII, of the `ranges`, and others."""
    for text in range(len(starts)):
        k, end = starts[text], ends[text]
        narrow[text] = wide[text] = other[text] = 0
        while k < end:
            if data[k] < 0x80:
                narrow[text] += 1
                k += 1
                continue
            code, k = character(data, k)
            is_wide = False
            for r in range(len(ranges)):
                is_wide |= ranges[r, 0] <= code <= ranges[r, 1]
            if is_wide:
                wide[text] += 1
            else:
                other[text] += 1


@kernel
def visit(
    data: Bytes, moves: Uint32s, rows: Ints, features: Ints32, seen: Ints32, found: Ints32, counts: Ints32
) -> int:
    """The features that an automaton meets on its way over `data`, in the order in which it meets them, and
    how often each; returns how many. `seen` has a 0 for every feature, and has it again after."""
    state, met = np.int64(0), 0
    for k in range(len(data)):
        state = np.int64(moves[rows[state] + data[k]])
        feature = features[state]
        if feature < 0:
            continue
        if not seen[feature]:
            found[met] = feature
            counts[met] = 0
            met += 1
            seen[feature] = met
        counts[seen[feature] - 1] += 1
    for n in range(met):
        seen[found[n]] = 0
    return met
