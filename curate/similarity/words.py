"""Text to words, folded: case and punctuation do not count.

A word is a run of letters, combining marks and digits. Scripts that are written without spaces between words
(Chinese, Japanese, Thai, Lao, Khmer, Myanmar) give one word a character, so that n-grams exist there too.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable

from schemas.example import Example

_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # ideographic iteration mark and zero
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),  # Katakana extensions
    (0x3400, 0x4DBF),  # Han extension A
    (0x4E00, 0x9FFF),  # Han
    (0xA9E0, 0xA9FF),  # Myanmar extension B
    (0xAA60, 0xAA7F),  # Myanmar extension A
    (0xF900, 0xFAFF),  # Han compatibility
    (0xFF66, 0xFF9F),  # half-width Katakana
    (0x20000, 0x3FFFF),  # Han extensions B and on
)


def fold_character(code: int) -> str:
    """What a character becomes: itself without case, spaces around it, or a space."""
    return "".join(_spaced(character) for character in chr(code).casefold())


def _spaced(character: str) -> str:
    if unicodedata.category(character)[0] not in "LMN":
        return " "
    return f" {character} " if unspaced(character) else character


def unspaced(character: str) -> bool:
    """Whether a character belongs to a script that is written without spaces between words."""
    at = bisect_right(_UNSPACED, (ord(character), 0x110000)) - 1
    return at >= 0 and ord(character) <= _UNSPACED[at][1]


class _Folding(dict[int, str]):
    """A table for `str.translate` that looks up each character once."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _spaced(chr(code))
        return folded


_FOLDING = _Folding()


def words(text: str) -> list[str]:
    """The folded words of `text`, in order; none where it holds only punctuation or symbols."""
    return text.casefold().translate(_FOLDING).split()


def folded(text: str) -> str:
    """The words of `text` with one space between them. A text without words is its own symbols."""
    return " ".join(words(text)) or text.casefold().strip()


def spoken(example: Example) -> str:
    """What the user and the assistant say, in order, one turn a line: the text that dedup compares."""
    return "\n".join(m.content for m in example.messages if m.role in ("user", "assistant"))


def spoken_all(examples: Iterable[Example]) -> list[str]:
    return [spoken(e) for e in examples]
