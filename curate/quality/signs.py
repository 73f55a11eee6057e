"""Signs: short strings of which one stands in every text that a rule has to look at, case aside."""

import re
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bytes = npt.NDArray[np.uint8]
Ints32 = npt.NDArray[np.int32]

_LOWER = np.frombuffer(bytes(range(256)).lower(), np.uint8)
_BEYOND_ASCII = 2
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
    def _tables(self) -> tuple[Ints32, Ints32, Bytes, Ints32]:
        """Those of `find_signs`."""
        ascii_signs = [sign.encode() for sign in self._signs if sign.isascii()]
        firsts = sorted({sign[:1] for sign in ascii_signs})
        alone = {sign for sign in ascii_signs if len(sign) == 1}
        group_of = np.full(256 * 256, -1, np.int32)
        groups, ordered = [0], []
        for first in firsts:
            pairs = [sign[:2] for sign in ascii_signs if sign[:1] == first]
            for start in [first] if first in alone else sorted(set(pairs)):
                place = start[0] * 256
                group_of[slice(place, place + 256) if len(start) == 1 else place + start[1]] = len(groups) - 1
                ordered += [sign for sign in ascii_signs if sign.startswith(start)]
                groups.append(len(ordered))
        sign_starts = np.cumsum([0, *map(len, ordered)], dtype=np.int32)
        joined = np.frombuffer(b"".join(ordered), np.uint8)
        return group_of, np.array(groups, np.int32), joined, sign_starts
