"""Elements of a JSON array cut apart one by one, in bounded memory, so that a broken one costs itself alone.

An element that is whole is found by one pattern. One that is not ends where the next begins: at the same
indentation, if it begins on a line of its own, or after a comma with a first key that elements here have.
Objects that stand one after another without commas (as `jq` prints them) are read the same way.
"""

import re
from collections.abc import Iterator

from curate.sources.json_value import parses
from curate.sources.readers.json_tables import are_splits
from curate.sources.readers.lines import MAX_LINE, TOO_LONG
from curate.sources.readers.window import Window
from curate.sources.rows import MAX_DEPTH, BadLine

# A JSON string cannot hold a raw line end, so an unclosed quote reaches no further than its line.
_STRING = rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'


def _nested(depth: int) -> bytes:
    """Brackets in pairs of any kind: whether it is JSON, the parser says."""
    inside = rb'[^"{}\[\]]++|' + _STRING
    pattern = rb"[{\[](?:" + inside + rb")*+[}\]]"
    for _ in range(depth):
        pattern = rb"[{\[](?:" + inside + rb"|" + pattern + rb")*+[}\]]"
    return pattern


_VALUE = rb"(?>" + _nested(MAX_DEPTH) + rb"|" + _STRING + rb'|[^\s",:{}\[\]]++)'
_ENTRY = rb"\s*+" + _STRING + rb"\s*+:\s*+"
_IN_ARRAY = re.compile(rb"\s*+(" + _VALUE + rb")?+\s*+([,\]])")
_IN_SEQUENCE = re.compile(rb"\s*+(" + _VALUE + rb")\s*+(?=\{)()")

_BARE = re.compile(rb"\s*+\[")
# An object's first list of objects, behind fields that are none; a conversation is no list of rows.
_WRAPPED = re.compile(
    rb"\s*+\{(?:" + _ENTRY + rb"(?!\[\s*+[{\]])" + _VALUE + rb"\s*+,)*+"
    rb'\s*+(?!"(?:messages|conversations?)")(' + _STRING + rb")\s*+:\s*+\[(?=\s*+[{\]])"
)
_OTHERS = rb"(?:\s*+," + _ENTRY + rb"(?!\[\s*+\{)" + _VALUE + rb")*+"
_NEXT_LIST = re.compile(_OTHERS + rb"\s*+,\s*+(" + _STRING + rb")\s*+:\s*+\[(?=\s*+\{)")
_CLOSING = re.compile(_OTHERS + rb"\s*+\}\s*+\Z")

_INDENTED = re.compile(rb"[ \t]*\r?\n([ \t]*)(?=\{)")
_FIRST_KEY = re.compile(rb"\s*+\{\s*+(" + _STRING + rb")\s*+:")
_MANY_KEYS = 16
_OVERLAP = 4096  # bytes in which one element's end and the next one's first key stand


def elements(window: Window) -> Iterator[bytes] | None:
    """The elements of `[…]`, or of the array or the splits in `{"key": […]}`, from the window's beginning;
    None where it begins as neither. What cannot be used comes as it is, or as BadLine if it is too long."""
    opening = _BARE.match(window.data)
    if opening is not None:
        return _elements(window, opening.end(), None)
    opening = _WRAPPED.match(window.data)
    return _elements(window, opening.end(), opening[1]) if opening else None


def sequence(window: Window) -> Iterator[bytes]:
    """Objects that stand one after another, with nothing but white space between."""
    keys: dict[bytes, None] = {}
    position = 0
    while (step := _step(window, position, _IN_SEQUENCE, keys)) is not None:
        piece, position, _ = step
        yield piece
        position = window.leave(position)


def _elements(window: Window, position: int, name: bytes | None) -> Iterator[bytes]:
    """`name` is the array's in its object, None for a bare one."""
    keys: dict[bytes, None] = {}
    names = [name] if name else []  # of the arrays with something in them
    while (step := _step(window, position, _IN_ARRAY, keys)) is not None:
        piece, position, closed = step
        if piece or not closed:
            yield piece
        if closed:
            if not (piece or keys):
                names.clear()
            following = _next_list(window, position, names) if name else None
            if following is None:
                yield from _after_array(window, position, wrapped=name is not None)
                return
            names.append(following[1])
            position = following.end()
        position = window.leave(position)


def _step(
    window: Window, position: int, whole: re.Pattern[bytes], keys: dict[bytes, None]
) -> tuple[bytes, int, bool] | None:
    """The element at `position`, where the next begins, and whether the array is closed; None at the end."""
    found = whole.match(window.data, position)
    while found is None and window.more(position):
        found = whole.match(window.data, position)
    piece: bytes = (found[1] or b"") if found else window.data[position:].strip()
    if len(piece) > MAX_LINE and found is not None:
        piece = BadLine.of(piece, TOO_LONG, len(piece))
        return piece, found.end(), found[2] == b"]"
    if found is not None and (not piece or parses(piece)):
        if len(keys) < _MANY_KEYS and (first := _FIRST_KEY.match(piece)):
            keys[first[1]] = None
        return piece, found.end(), found[2] == b"]"
    end = found.end() if found else len(window.data)
    begins = _next_start(window.data, position, end, keys, comma=whole is _IN_ARRAY)
    if begins is not None:
        return window.data[position:begins].strip().removesuffix(b","), begins, False
    if found is not None:
        return piece, found.end(), found[2] == b"]"
    if not window.ended:
        return _skipped(window, position, keys, comma=whole is _IN_ARRAY)
    if not piece and window.stopped is None:
        return None
    if window.stopped is not None and not parses(piece):
        piece, window.stopped = BadLine.of(piece, window.stopped, len(piece)), None
    return piece, len(window.data), False


def _next_start(data: bytes, position: int, end: int, keys: dict[bytes, None], comma: bool) -> int | None:
    """Where the element after the broken one at `position` begins, as far as that can be told."""
    own = _INDENTED.match(data, position, end)
    if own is not None:
        following = re.compile(rb"\n(?=" + own[1] + rb"\{)").search(data, own.end() + 1, end)
    else:
        first = _FIRST_KEY.match(data, position, end)
        names = {*keys, *([first[1]] if first else [])}
        if not names:
            return None
        known = rb"|".join(re.escape(name) for name in sorted(names))
        between = rb",\s*" if comma else rb"[}\]]\s*"
        following = re.compile(between + rb"(?=\{\s*(?:" + known + rb")\s*:)").search(data, position + 1, end)
    return following.end() if following else None


def _skipped(window: Window, position: int, keys: dict[bytes, None], comma: bool) -> tuple[bytes, int, bool]:
    """An element that is longer than the window: passed over up to the next one, its beginning kept."""
    beginning = window.data[position:]
    size = len(beginning)
    while True:
        tail = window.slide(_OVERLAP)
        begins = _next_start(window.data, 0, len(window.data), keys, comma)
        if begins is not None or window.ended:
            end = len(window.data) if begins is None else begins
            return BadLine.of(beginning, TOO_LONG, size + end - tail), end, False
        size += len(window.data) - tail


def _next_list(window: Window, position: int, names: list[bytes]) -> re.Match[bytes] | None:
    """The opening of the object's next list of rows, behind those of these `names`."""
    following = _NEXT_LIST.match(window.data, position)
    while following is None and window.more(position):
        following = _NEXT_LIST.match(window.data, position)
    if following is None or (names and not _another_split(following[1], names)):
        return None
    return following


def _another_split(name: bytes, names: list[bytes]) -> bool:
    # In quotes still, and perhaps no UTF-8.
    return name not in names and are_splits(key[1:-1].decode("utf-8", "replace") for key in (name, *names))


def _after_array(window: Window, position: int, wrapped: bool) -> Iterator[bytes]:
    """What follows the array is no row, but not lost in silence either."""
    while window.more(position):
        pass
    rest = window.data[position:]
    if rest.strip() if not wrapped else not _CLOSING.match(rest):
        yield rest.strip() if window.ended else BadLine.of(rest, TOO_LONG, len(rest))
    if window.stopped is not None:
        yield BadLine.of(b"", window.stopped, 0)
