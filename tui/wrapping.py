"""Lines of safe text measured in terminal cells: East Asian letters take two, combining marks none."""

import re

from rich.cells import cell_len, get_character_cell_size

from tui.safe_text import SafeText

Slice = tuple[int, int]
ELLIPSIS = "…"
_MOST_INDENT = 0.6  # of a line; what is left is for the text
_BETWEEN = re.compile(r"(?<=\S) {2,}(?=\S)")


def wrap(text: SafeText, width: int) -> list[Slice]:
    """Where each line of `text` begins and ends, none wider than `width` cells.

    Lines break at white space, which is left out, or inside a word that is wider than a line.
    A character wider than `width` stands on a line of its own.
    """
    lines: list[Slice] = []
    start = 0
    for paragraph in text.split("\n"):
        end = start + len(paragraph)
        if len(paragraph) <= width and paragraph.isascii():
            lines.append((start, end))
        else:
            lines.extend(_wrap_paragraph(text, start, end, max(1, width)))
        start = end + 1
    return lines


def hanging(text: SafeText, width: int) -> list[SafeText]:
    """The lines of `text` wrapped; where it has columns, two spaces or more between them, what goes on in the
    next line stands below the last of them that leaves room."""
    lines: list[SafeText] = []
    for paragraph in text.split("\n"):
        at = indent = 0
        for between in _BETWEEN.finditer(paragraph[:width]):
            cells = cell_len(paragraph[: between.end()])
            if cells <= width * _MOST_INDENT:
                at, indent = between.end(), cells
        head, rest = paragraph[:at], SafeText(paragraph[at:])
        for start, end in wrap(rest, max(1, width - indent)):
            lines.append(SafeText(head + rest[start:end]))
            head = " " * indent
    return lines


def fit(text: SafeText, width: int) -> SafeText:
    """`text` in exactly `width` cells: padded with spaces, or cut with an ellipsis."""
    cells = cell_len(text)
    if cells <= width:
        return SafeText(text + " " * (width - cells))
    if width <= 0:
        return SafeText("")
    cut = _prefix(text, width - 1)
    return SafeText(cut + ELLIPSIS + " " * (width - 1 - cell_len(cut)))


def _prefix(text: str, width: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += get_character_cell_size(character)
        if used > width:
            return text[:index]
    return text


def _wrap_paragraph(text: str, start: int, end: int, width: int) -> list[Slice]:
    lines: list[Slice] = []
    line, used = start, 0
    gap: Slice | None = None  # the latest run of spaces in this line, where it may break
    for index in range(start, end):
        character = text[index]
        size = get_character_cell_size(character)
        if character == " ":
            gap = (gap[0], index + 1) if gap and gap[1] == index else (index, index + 1)
        elif used + size > width and index > line:
            if gap and gap[0] > line:
                lines.append((line, gap[0]))
                line = gap[1]
                used = cell_len(text[line:index])
            else:
                lines.append((line, _without_spaces(text, line, index, width)))
                line, used = index, 0
            gap = None
        used += size
    lines.append((line, _without_spaces(text, line, end, width)))
    return lines


def _without_spaces(text: str, start: int, end: int, width: int) -> int:
    """`end` less the spaces at the end of the line that hang over its width."""
    while end > start and text[end - 1] == " " and cell_len(text[start:end]) > width:
        end -= 1
    return end
