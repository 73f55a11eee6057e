"""The lines around the panes: facts of the example, status, messages, and the keys."""

from collections.abc import Callable, Sequence
from itertools import accumulate

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget
from typing_extensions import override

from tui import theme
from tui.model.facts import Chip
from tui.safe_text import SafeText, visible_line
from tui.wrapping import fit

Piece = tuple[SafeText, Style]
Key = tuple[str, str]
_ROOMY = 72  # cells
_AROUND = 3  # cells of a chip besides its text
_ALWAYS = 2  # actions at the end of every footer


class FactsBar(Widget, can_focus=False):
    """Facts of the example, as many as fit on two lines; the last says how many more there are."""

    DEFAULT_CSS = "FactsBar { height: 2; background: $background; }"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._chips: list[Chip] = []

    def show(self, chips: list[Chip]) -> None:
        self._chips = chips
        self.refresh()

    def render_line(self, y: int) -> Strip:
        lines = chip_lines(self._chips, self.size.width, self.size.height)
        return lines[y] if y < len(lines) else Strip.blank(self.size.width, theme.PLAIN)


class StatusBar(Widget, can_focus=False):
    """Where the person is, and how much is left, what matters most first; asked anew for each paint."""

    DEFAULT_CSS = "StatusBar { height: 1; }"

    def __init__(self, status: Callable[[], str], *, id: str) -> None:
        super().__init__(id=id)
        self._status = status

    def show(self) -> None:
        self.refresh()

    @override
    def render_line(self, y: int) -> Strip:
        width = self.size.width
        text = fit(SafeText(f" {visible_line(self._status())}"), width)
        return Strip([Segment(text, theme.BAR_STRONG)], width)


class MessageBar(Widget, can_focus=False):
    """What the last action did. An error stands out and stays until the next action."""

    DEFAULT_CSS = "MessageBar { height: 1; }"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._text = SafeText("")
        self._style = theme.NOTICE

    @property
    def text(self) -> str:
        return self._text

    def say(self, text: str, *, alarm: bool = False) -> None:
        self._text = visible_line(f"error: {text}" if alarm else text)
        self._style = theme.ALARM if alarm else theme.NOTICE
        self.refresh()

    @override
    def render_line(self, y: int) -> Strip:
        width = self.size.width
        text = SafeText(f" {self._text}")
        if cell_len(text) > width:
            return Strip([Segment(fit(text, width), self._style)], width)
        return _line([(text, self._style)], width, theme.BAR)


class KeyBar(Widget, can_focus=False):
    """What the keys do that are worth a word, `keys`; while something is asked, those that act then,
    `of_answer`. Both are (key, what it does)."""

    DEFAULT_CSS = "KeyBar { height: 1; dock: bottom; }"

    def __init__(self, keys: Sequence[Key], of_answer: Sequence[Key]) -> None:
        super().__init__()
        self._keys, self._of_answer = keys, of_answer
        self._asking = False

    def show(self, asking: bool) -> None:
        if asking != self._asking:
            self._asking = asking
            self.refresh()

    @override
    def render_line(self, y: int) -> Strip:
        return key_line(self._of_answer if self._asking else self._keys, self.size.width)


def key_line(keys: Sequence[Key], width: int) -> Strip:
    """The keys and what they do; where not all fit, the last two stay: help and quit."""
    gap = "  " if width >= _ROOMY else " "
    texts = [(f"{gap}{key}", f" {does}") for key, does in keys]
    used = sum(cell_len(key + label) for key, label in texts)
    while used > width and len(texts) > _ALWAYS:
        key, label = texts.pop(-_ALWAYS - 1)
        used -= cell_len(key + label)
    pieces = [
        piece
        for key, label in texts
        for piece in ((SafeText(key), theme.BAR_STRONG), (SafeText(label), theme.BAR_DIM))
    ]
    return _line(pieces, width, theme.BAR)


def chip_lines(chips: list[Chip], width: int, height: int) -> list[Strip]:
    """Chips laid out in order on at most `height` lines; a chip wider than a line is cut. Those that are
    steady have the first line to themselves, as many as fit there: so what is said of this example alone
    always begins at one place."""
    first = _fitting([chip for chip in chips if chip.steady], width)
    rest = [chip for chip in chips if chip not in first]
    lines = [[_piece(chip, visible_line(chip.text)) for chip in first]] if first else []
    lines, used = [*lines, []], 0
    for index, chip in enumerate(rest):
        text = visible_line(chip.text)
        more = SafeText(f"+{len(rest) - index} more: i")
        last = len(lines) == height
        room = width - used - (cell_len(more) + _AROUND if last and index + 1 < len(rest) else 0)
        if cell_len(text) + _AROUND > room:
            if used and not last:
                lines.append([])
                used = 0
            elif used:
                lines[-1].append((SafeText(f" {more}"), theme.DIM))
                break
            text = fit(text, max(1, min(cell_len(text), width - _AROUND)))
        lines[-1].append(_piece(chip, text))
        used += cell_len(text) + _AROUND
    return [_line(pieces, width, theme.PLAIN) for pieces in lines]


def _fitting(chips: list[Chip], width: int) -> list[Chip]:
    """Of these in order as many as have room in a line."""
    ends = accumulate(cell_len(visible_line(chip.text)) + _AROUND for chip in chips)
    return [chip for chip, end in zip(chips, ends, strict=True) if end <= width]


def _piece(chip: Chip, text: SafeText) -> Piece:
    """The mark stands where another chip has a blank, and moves nothing."""
    return SafeText(f"{'▲' if chip.alert else ' '}{text}  "), theme.FLAG if chip.alert else theme.DIM


def _line(pieces: list[Piece], width: int, rest: Style) -> Strip:
    return Strip([Segment(text, style) for text, style in pieces]).adjust_cell_length(width, rest)
