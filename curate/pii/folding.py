"""Folding: a text as finders read it, digits of all scripts, wide letters, odd spaces and dashes as ASCII.

Character for character, so that positions stay.
"""

import re

DIGITS = {ord(d): str(int(d)) for d in re.findall(r"\d", "".join(map(chr, range(1 << 17))))}
"""The decimal digits of all scripts (Unicode's Nd) to ASCII's, for str.translate."""

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SPACES = dict.fromkeys((0x00A0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
_DASHES = dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63), "-")
_FOLD: dict[int, int | str] = {**DIGITS, **_WIDE, **_SPACES, **_DASHES}


def folded(text: str) -> str:
    return text if text.isascii() else text.translate(_FOLD)
