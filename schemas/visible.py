"""The one gate between data and a terminal: nothing that a dataset holds can drive the screen.

Data may hold escape sequences, bidi overrides, invisible letters and half characters. Everything shown goes
through `visible` or `visible_line`, whose result is a `SafeText`. Variation selectors that only choose an
emoji's glyph are left away; all other invisible characters are written out, such as ␛ and ⟨U+202E⟩.
"""

import re
import unicodedata
from typing import NewType

SafeText = NewType("SafeText", str)

INVISIBLE = (
    "\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Categories Cc, Cf, Cs, Zl and Zp, and what Unicode calls default-ignorable (UAX #44), but for `\\n`: the
inside of a character class."""

UNSAFE = re.compile(f"[{INVISIBLE}]")
_EMOJI_SELECTORS = "\ufe0e\ufe0f"
_TAB = "⇥   "


def visible(text: str) -> SafeText:
    """`text` with every character that cannot be seen written out; line ends stay."""
    return SafeText(UNSAFE.sub(picture, text))


def visible_line(text: str) -> SafeText:
    """`text` on one line: line ends become ⏎."""
    return SafeText(visible(text).replace("\n", "⏎"))


def picture(match: re.Match[str]) -> str:
    """What is shown for the one unsafe character of `match`."""
    character = match[0]
    code = ord(character)
    if character == "\t":
        return _TAB
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if character in _EMOJI_SELECTORS and _follows_symbol(match):
        return ""
    return code_point(character)


def code_point(character: str) -> str:
    """A character as ⟨U+XXXX⟩."""
    return f"⟨U+{ord(character):04X}⟩"


def _follows_symbol(match: re.Match[str]) -> bool:
    before = match.string[match.start() - 1 : match.start()]
    return before != "" and unicodedata.category(before) == "So"
