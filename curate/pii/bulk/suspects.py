"""Suspects: which of many new words may pass a shape's test, told for all of them at once by RE2.

RE2 knows no look-around: without it a pattern matches all that it did, and more.
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.pii.shapes import SHAPES
from schemas.arrays import Bools

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?<?[=!]|\(\?:|.", re.DOTALL)
_LOOK_AROUND = ("(?=", "(?!", "(?<=", "(?<!")


class Suspects:
    """For tests with these bits. Words are in lower case, with 0 for ASCII's digits; those beyond ASCII are
    all suspects."""

    def __init__(self, bits: int) -> None:
        patterns = sorted(filter(str.isascii, SHAPES.patterns(bits)))
        self._any = "|".join(f"(?:{loosened(pattern)})" for pattern in patterns) or r"[^\x00-\x{10FFFF}]"

    def __call__(self, words: Sequence[str]) -> Bools:
        array = pa.array(words, pa.string())
        try:
            found = pc.match_substring_regex(array, self._any)
        except pa.ArrowInvalid:  # a pattern that RE2 does not know
            return np.ones(len(words), dtype=np.bool_)
        suspects: Bools = pc.or_(found, pc.invert(pc.string_is_ascii(array))).to_numpy(zero_copy_only=False)
        return suspects


def loosened(pattern: str) -> str:
    """The pattern without look-around, for RE2: it matches at least where it did."""
    return "".join(_outside(_TOKEN.findall(pattern))).replace(r"\Z", r"\z")


def _outside(tokens: Sequence[str]) -> Iterator[str]:
    """Those that are in no look-around."""
    depth = 0
    for token in tokens:
        if depth or token in _LOOK_AROUND:
            depth += token.startswith("(") - (token == ")")
        else:
            yield token
