"""Where the bytes of paints go: what they are (text, colours, ways to the next place, erasures) and which
part of the review they are for."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_PIECE = re.compile(
    rb"\x1b\[(?P<numbers>[\d;?]*)(?P<does>[@-~])|\x1b(?P<line>[DEHM])|(?P<control>[\b\t\r])"
    rb"|(?P<text>[^\x1b\b\t\r]+)|."
)
_KINDS = {b"m": "colours", b"K": "erasures", b"X": "erasures", b"h": "modes", b"l": "modes"}
_TURNED = 400  # bytes in the list: more than two lines of it
LIMIT = 1024


@dataclass
class Spent:
    """Bytes of one paint, by kind and by part; `child` where an example stands beside its parent."""

    kinds: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    child: bool = False

    @property
    def size(self) -> int:
        return self.kinds.total()

    @property
    def move(self) -> str:
        """What kind of a move it was."""
        if self.parts["list"] > _TURNED:
            return "another page of the list"
        return "a child and its parent" if self.child else "an example"


def spent(paints: Sequence[bytes], columns: int, lines: int, stops: set[int]) -> Iterator[Spent]:
    """Each paint's, where those tab stops are set before. A way and a colour count for the part that is
    written next."""
    x, y = 0, 0
    for sent in paints:
        paint, waiting = Spent(child=b"child" in sent), 0
        for piece in _PIECE.finditer(sent):
            size, kind = len(piece[0]), "ways"
            if piece["text"]:
                kind = "text"
            elif piece["does"]:
                kind = _KINDS.get(piece["does"], "ways")
            paint.kinds[kind] += size
            waiting += size
            if kind in ("text", "erasures"):
                paint.parts[_part(x, y, columns, lines)] += waiting
                waiting = 0
            x, y = _stands(piece, x, y, stops)
        paint.parts["list"] += 0
        paint.parts["no part"] += waiting
        yield paint


def _stands(piece: re.Match[bytes], x: int, y: int, stops: set[int]) -> tuple[int, int]:
    """Where the cursor is behind it. Text is taken to have one cell a character."""
    if piece["text"]:
        return x + len(piece["text"].decode("utf-8", "replace")), y
    if piece["control"]:
        behind = min((stop for stop in stops if stop > x), default=x)
        return {b"\r": 0, b"\b": x - 1, b"\t": behind}[piece["control"]], y
    if piece["line"] == b"H":
        stops.add(x)
        return x, y
    if piece["line"]:
        return 0 if piece["line"] == b"E" else x, y + (-1 if piece["line"] == b"M" else 1)
    numbers = [int(number) if number.isdigit() else 0 for number in (piece["numbers"] or b"").split(b";")]
    by = numbers[0] or 1
    match piece["does"]:
        case b"H":
            return (numbers[1] or 1) - 1 if len(numbers) > 1 else 0, by - 1
        case b"G":
            return by - 1, y
        case b"g":
            stops.clear()
        case b"E" | b"F":
            return 0, y + (by if piece["does"] == b"E" else -by)
        case b"C" | b"D":
            return x + (by if piece["does"] == b"C" else -by), y
        case b"A" | b"B":
            return x, y + (by if piece["does"] == b"B" else -by)
    return x, y


def _part(x: int, y: int, columns: int, lines: int) -> str:
    """Of the review on a wide screen."""
    if y == 0:
        return "status"
    if y >= lines - 5:
        return "facts and messages"
    return "list" if x < columns * 38 // 100 else "conversation"


def budget(paints: Sequence[Spent]) -> str:
    """Bytes of each kind, a paint."""
    total = sum((paint.kinds for paint in paints), Counter[str]())
    return ", ".join(f"{size / len(paints):.0f} {kind}" for kind, size in total.most_common())


def by_move(paints: Sequence[Spent]) -> Iterator[str]:
    """Of each kind of move how many there were, how large, over the limit, and which parts took it."""
    for move in dict.fromkeys(paint.move for paint in paints):
        some = [paint for paint in paints if paint.move == move]
        over = [paint for paint in some if paint.size > LIMIT]
        sizes = sorted(paint.size for paint in some)
        line = f"{len(some)} × {move}: p50 {sizes[len(sizes) // 2]:,}, most {sizes[-1]:,} bytes"
        if over:
            parts = sum((paint.parts for paint in over), Counter[str]())
            line += f"; {len(over)} over {LIMIT:,}: " + ", ".join(
                f"{size / len(over):.0f} {part}" for part, size in parts.most_common()
            )
        yield line
