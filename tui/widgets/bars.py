"""The lines around the panes: facts of the example, status, messages, and the keys."""

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui import theme
from tui.actions.action import Action
from tui.model.facts import Chip
from tui.safe_text import SafeText, visible_line
from tui.wrapping import fit

Piece = tuple[SafeText, Style]
_ROOMY = 72  # cells
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
    """Where the person is, and how much is left; asked anew for each paint."""

    DEFAULT_CSS = "StatusBar { height: 1; }"

    def __init__(self, status: Callable[[], str], *, id: str) -> None:
        super().__init__(id=id)
        self._status = status

    def show(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 (it has one line)
        return _line(
            [(SafeText(f" {visible_line(self._status())}"), theme.BAR_STRONG)],
            self.size.width,
            theme.BAR,
        )


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

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 (it has one line)
        return _line([(SafeText(f" {self._text}"), self._style)], self.size.width, theme.BAR)


class KeyBar(Widget, can_focus=False):
    """The keys of the footer's actions, from the registry."""

    DEFAULT_CSS = "KeyBar { height: 1; dock: bottom; }"

    def __init__(self, actions: Sequence[Action]) -> None:
        super().__init__()
        self._actions = actions

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 (it has one line)
        return key_line(self._actions, self.size.width)


def key_line(actions: Sequence[Action], width: int) -> Strip:
    """The actions' keys and labels; where not all fit, the last two stay: help and quit."""
    gap = "  " if width >= _ROOMY else " "
    texts = [(f"{gap}{action.shown}", f" {action.label}") for action in actions]
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
    """Chips laid out in order on at most `height` lines; a chip wider than a line is cut."""
    lines: list[list[Piece]] = [[]]
    used = 0
    for index, chip in enumerate(chips):
        text = SafeText(f"{'▲ ' if chip.alert else ''}{visible_line(chip.text)}")
        more = SafeText(f"+{len(chips) - index} more: i")
        last = len(lines) == height
        room = width - used - (cell_len(more) + 3 if last and index + 1 < len(chips) else 0)
        if cell_len(text) + 3 > room:
            if used and not last:
                lines.append([])
                used = 0
            elif used:
                lines[-1].append((SafeText(f" {more}"), theme.DIM))
                break
            text = fit(text, max(1, min(cell_len(text), width - 3)))
        lines[-1].append((SafeText(f" {text}  "), theme.FLAG if chip.alert else theme.DIM))
        used += cell_len(text) + 3
    return [_line(pieces, width, theme.PLAIN) for pieces in lines]


def _line(pieces: list[Piece], width: int, rest: Style) -> Strip:
    return Strip([Segment(text, style) for text, style in pieces]).adjust_cell_length(width, rest)
