"""What each character becomes when text is folded, as tables for the kernels.

The tables are made of `words`' own folding, character by character, so that both say the same.
"""

from functools import lru_cache

import numpy as np

from curate.similarity.words import fold_character
from schemas.arrays import Bytes, Ints32

_BLANK = range(0x40000, 0xE0000), range(0xE0200, 0x110000)  # unassigned or private: no part of a word


@lru_cache(maxsize=1)
def ascii_table() -> Bytes:
    """The folded byte of every ASCII character, 0 for what is no part of a word."""
    folded = (fold_character(code).strip() for code in range(128))
    return np.array([ord(f) if f else 0 for f in folded], dtype=np.uint8)


@lru_cache(maxsize=2)
def tables(beyond_ascii: bool) -> tuple[Ints32, Bytes]:
    """The UTF-8 of folded character c is `bytes[starts[c]:starts[c + 1]]`; nothing for ASCII."""
    if not beyond_ascii:
        return np.zeros(129, dtype=np.int32), np.zeros(1, dtype=np.uint8)
    lengths = np.zeros(0x110001, dtype=np.int32)
    folded: list[bytes] = []
    at = 128
    for blank in _BLANK:
        some = [fold_character(code).encode("utf-8", "surrogatepass") for code in range(at, blank.start)]
        lengths[at + 1 : blank.start + 1] = [len(f) for f in some]
        lengths[blank.start + 1 : blank.stop + 1] = 1
        folded += [*some, b" " * len(blank)]
        at = blank.stop
    return np.cumsum(lengths, dtype=np.int32), np.frombuffer(b"".join(folded), dtype=np.uint8).copy()
