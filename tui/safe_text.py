"""The gate of `schemas.visible` as the review UI needs it: with offsets, and there and back for an editor.

Widgets accept no text but `SafeText`, and build segments of it directly, so that no markup in data is ever
interpreted.

`editable` is the same gate for text that comes back: `restored(editable(text)) == text` for every text. Tabs
stay in it, because an editor draws them itself.
"""

import re

from schemas.visible import INVISIBLE, UNSAFE, SafeText, code_point, picture, visible, visible_line

__all__ = [
    "SafeText",
    "editable",
    "restored",
    "visible",
    "visible_line",
    "visible_with_offsets",
    "written_out",
]

_TO_WRITE_OUT = re.compile(f"(?!\t)[{INVISIBLE}]")
_TO_EDIT = re.compile(f"{_TO_WRITE_OUT.pattern}|⟨(?=U\\+)")
_WRITTEN_OUT = re.compile("⟨U\\+([0-9A-F]{4,6})⟩")


def visible_with_offsets(text: str) -> tuple[SafeText, list[int]]:
    """`visible(text)`, and where each character of `text` begins in it; the last offset is its end."""
    pieces: list[str] = []
    offsets: list[int] = []
    position = 0
    last = 0
    for match in UNSAFE.finditer(text):
        plain = text[last : match.start()]
        shown = picture(match)
        offsets.extend(range(position, position + len(plain) + 1))
        position += len(plain) + len(shown)
        pieces += [plain, shown]
        last = match.end()
    pieces.append(text[last:])
    offsets.extend(range(position, position + len(text) - last + 1))
    return SafeText("".join(pieces)), offsets


def editable(text: str) -> SafeText:
    """`text` for an editor: invisible characters as ⟨U+XXXX⟩, which `restored` turns back."""
    return SafeText(_TO_EDIT.sub(lambda match: code_point(match[0]), text))


def written_out(text: str) -> SafeText:
    """Text typed or pasted into an editor, whose ⟨U+XXXX⟩ are meant: invisible characters become such too."""
    return SafeText(_TO_WRITE_OUT.sub(lambda match: code_point(match[0]), text))


def restored(text: str) -> str:
    """What `editable` was made of, with the editor's changes."""
    return _WRITTEN_OUT.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code <= 0x10FFFF else match[0]
