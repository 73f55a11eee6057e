"""Elements of a JSON array that does not parse as a whole, cut apart so that a broken one costs itself alone.

Brackets are counted outside strings. An element that still does not parse ends where the next one begins
at the same indentation, if it begins on a line of its own.
"""

import re
from collections.abc import Callable, Iterator

# A JSON string cannot hold a raw line end, so an unclosed quote reaches no further than its line.
_TOKEN = re.compile(rb'"(?:[^"\\\n]|\\.)*"|[\[\]{},]')
_ARRAY = re.compile(rb'\s*(?:\{\s*"(?:[^"\\\n]|\\.)*"\s*:\s*)?\[')
_INDENTED = re.compile(rb"[ \t]*\r?\n([ \t]*)(?=\{)")


def elements(data: bytes, parses: Callable[[bytes], bool]) -> Iterator[bytes] | None:
    """The elements of `[…]` or of the array in `{"key": […]}`; None where `data` begins as neither."""
    opening = _ARRAY.match(data)
    return _elements(data, opening.end(), parses) if opening else None


def _elements(data: bytes, position: int, parses: Callable[[bytes], bool]) -> Iterator[bytes]:
    closed = False
    while not closed and position < len(data):
        end, closed = _element_end(data, position)
        piece, after = data[position:end], end + 1
        if not parses(piece) and (begins := _next_on_own_line(data, position, end)) is not None:
            piece, after, closed = data[position:begins].rstrip().removesuffix(b","), begins, False
        if piece.strip() or not (closed or after >= len(data)):
            yield piece
        position = after
    rest = data[position:].strip()
    if rest not in (b"", b"}"):
        yield rest


def _element_end(data: bytes, position: int) -> tuple[int, bool]:
    """Where the element at `position` ends, and whether the array ends there too."""
    depth = 0
    for token in _TOKEN.finditer(data, position):
        match token[0]:
            case b"{" | b"[":
                depth += 1
            case b"]" if depth == 0:
                return token.start(), True
            case b"}" | b"]":
                depth = max(0, depth - 1)
            case b"," if depth == 0:
                return token.start(), False
    return len(data), True


def _next_on_own_line(data: bytes, position: int, end: int) -> int | None:
    own = _INDENTED.match(data, position, end + 1)
    if own is None:
        return None
    following = re.compile(rb"\n(?=" + own[1] + rb"\{)").search(data, own.end() + 1, end)
    return following.end() if following else None
