"""The one gate between data and the terminal: nothing that a dataset holds can drive the screen.

Data may hold escape sequences, bidi overrides, invisible letters and half characters. Everything shown goes
through `visible` or `visible_line`, whose result is a `SafeText`; widgets accept no other type, and build
segments of it directly, so that no markup in data is ever interpreted. Variation selectors that only choose
an emoji's glyph are left away; all other invisible characters are written out, such as ␛ and ⟨U+202E⟩.

`editable` is the same gate for text that comes back: `restored(editable(text)) == text` for every text. Tabs
stay in it, because an editor draws them itself.
"""

import re
import unicodedata
from typing import NewType

SafeText = NewType("SafeText", str)

# Categories Cc, Cf, Cs, Zl and Zp, and what Unicode calls default-ignorable (UAX #44), but for `\n`.
_INVISIBLE = (
    "\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNSAFE = re.compile(f"[{_INVISIBLE}]")
_TO_WRITE_OUT = re.compile(f"(?!\t)[{_INVISIBLE}]")
_TO_EDIT = re.compile(f"{_TO_WRITE_OUT.pattern}|⟨(?=U\\+)")
_WRITTEN_OUT = re.compile("⟨U\\+([0-9A-F]{4,6})⟩")
_EMOJI_SELECTORS = "\ufe0e\ufe0f"
_TAB = "⇥   "


def visible(text: str) -> SafeText:
    """`text` with every character that cannot be seen written out; line ends stay."""
    return SafeText(_UNSAFE.sub(_picture, text))


def visible_line(text: str) -> SafeText:
    """`text` on one line: line ends become ⏎."""
    return SafeText(visible(text).replace("\n", "⏎"))


def visible_with_offsets(text: str) -> tuple[SafeText, list[int]]:
    """`visible(text)`, and where each character of `text` begins in it; the last offset is its end."""
    pieces: list[str] = []
    offsets: list[int] = []
    position = 0
    last = 0
    for match in _UNSAFE.finditer(text):
        plain = text[last : match.start()]
        picture = _picture(match)
        offsets.extend(range(position, position + len(plain) + 1))
        position += len(plain) + len(picture)
        pieces += [plain, picture]
        last = match.end()
    pieces.append(text[last:])
    offsets.extend(range(position, position + len(text) - last + 1))
    return SafeText("".join(pieces)), offsets


def editable(text: str) -> SafeText:
    """`text` for an editor: invisible characters as ⟨U+XXXX⟩, which `restored` turns back."""
    return SafeText(_TO_EDIT.sub(lambda match: _code(match[0]), text))


def written_out(text: str) -> SafeText:
    """Text typed or pasted into an editor, whose ⟨U+XXXX⟩ are meant: invisible characters become such too."""
    return SafeText(_TO_WRITE_OUT.sub(lambda match: _code(match[0]), text))


def restored(text: str) -> str:
    """What `editable` was made of, with the editor's changes."""
    return _WRITTEN_OUT.sub(_character, text)


def _picture(match: re.Match[str]) -> str:
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
    return _code(character)


def _follows_symbol(match: re.Match[str]) -> bool:
    before = match.string[match.start() - 1 : match.start()]
    return before != "" and unicodedata.category(before) == "So"


def _code(character: str) -> str:
    return f"⟨U+{ord(character):04X}⟩"


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code <= 0x10FFFF else match[0]
