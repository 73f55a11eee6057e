"""Signs: short strings of which one stands in every text that a rule has to look at, case aside."""

import re
from collections.abc import Sequence
from functools import cached_property, reduce

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.arrays import Bytes, Ints16, Ints32

_LOWER = np.frombuffer(bytes(range(256)).lower(), np.uint8)
_BEYOND_ASCII = 2
_BITS = 5  # of a byte: upper and lower case have the same
_ALSO_I = ("İ", "ı")  # in Python, where case is ignored or lower; RE2 knows them as themselves alone


class Signs:
    """Strings in lower case. An apostrophe among them is the typographic one, too."""

    def __init__(self, signs: Sequence[str]) -> None:
        self._signs = sorted(set(signs))

    def may_stand_in(self, texts: pa.StringArray) -> npt.NDArray[np.bool_]:
        """Texts in whose lower case a sign stands, and perhaps some more of those that are not ASCII."""
        from curate.quality.hashed_words import text_bytes
        from curate.quality.kernels import find_signs

        data, starts, ends = text_bytes(texts)
        found = np.empty(len(starts), np.uint8)
        find_signs(data, starts, ends, _LOWER, *self._tables, found)
        beyond = found == _BEYOND_ASCII
        if beyond.any():
            some = texts.filter(pa.array(beyond))
            holding = pc.match_substring_regex(some, self._pattern, ignore_case=True)
            found[beyond] = holding.to_numpy(zero_copy_only=False)
        return found > 0

    @cached_property
    def _pattern(self) -> str:
        """Of RE2."""
        signs = [re.escape(sign).replace("'", "['’]") for sign in [*self._signs, *_ALSO_I]]
        return "|".join(signs)

    @cached_property
    def _tables(self) -> tuple[Ints16, Ints32, Bytes, Ints32]:
        """Those of `find_signs`."""
        by_window: dict[int, tuple[bytes, ...]] = {}
        for sign in (sign.encode() for sign in self._signs if sign.isascii()):
            for window in _windows(sign):
                by_window[window] = (*by_window.get(window, ()), sign)
        together = sorted(set(by_window.values()))
        group_of = np.full(1 << 3 * _BITS, -1, np.int16)
        for window, signs in by_window.items():
            group_of[window] = together.index(signs)
        ordered = [sign for signs in together for sign in signs]
        groups = np.cumsum([0, *map(len, together)], dtype=np.int32)
        sign_starts = np.cumsum([0, *map(len, ordered)], dtype=np.int32)
        return group_of, groups, np.frombuffer(b"".join(ordered), np.uint8), sign_starts


def _windows(sign: bytes) -> range:
    """What the first three bytes of a text may be that begins with the sign, _BITS of each."""
    first = sign[:3]
    window = reduce(lambda before, byte: before << _BITS | byte % (1 << _BITS), first, 0)
    free = _BITS * (3 - len(first))
    return range(window << free, (window + 1) << free)
