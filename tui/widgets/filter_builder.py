"""A filter put together from what there is to choose from; its text is shown as it grows."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input
from typing_extensions import override

from schemas.errors import UsageError
from tui.actions.registry import Registry
from tui.actions.sheets import BUILDER
from tui.model.facets import Facet, bounded, toggled
from tui.model.filters import Filter
from tui.model.terms import HAS, Term, parsed
from tui.safe_text import visible_line
from tui.widgets.bindings import bindings_of
from tui.widgets.picker import Choice, ChoiceLines, PickerLine
from tui.widgets.prompt_line import LineInput
from tui.widgets.sheet import Sheet


class FilterBuilder(ModalScreen[str | None], Sheet[str | None]):
    """Gives the filter's text, None when left."""

    BINDINGS: ClassVar = bindings_of(BUILDER)
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    FilterBuilder { align: center middle; }
    FilterBuilder Vertical { width: 90%; max-width: 100; height: 90%; background: $panel; padding: 0 1; }
    FilterBuilder.-narrow Vertical { width: 100%; height: 100%; padding: 0 1; }
    FilterBuilder ChoiceLines { height: 1fr; }
    FilterBuilder LineInput { display: none; height: 1; background: $panel; }
    FilterBuilder.-asking LineInput { display: block; }
    """

    def __init__(self, facets: Sequence[Facet], wanted: Filter, registry: Registry) -> None:
        super().__init__()
        self._facets = facets
        self.wanted = wanted
        self._lines = ChoiceLines(self._choices(), 0)
        self._lines.move(1)
        self._text = PickerLine("", strong=True)
        turn, done, close = (registry.shown(f"builder_{name}") for name in ("turn", "done", "close"))
        self._keys = (
            f"{turn}: with it, without it, either · on a number: > 3 < 5 · {done} shows them · {close} leaves"
        )
        self._hint = PickerLine(self._keys)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self._text
            yield self._lines
            yield LineInput(select_on_focus=False, compact=True)
            yield self._hint

    def on_mount(self) -> None:
        self._show()

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action == "leave" or not self.has_class("-asking")

    def action_move(self, by: int) -> None:
        self._lines.move(by)

    def action_turn(self) -> None:
        choice = self._lines.choices[self._lines.cursor]
        field, _, value = choice.value.partition(HAS)
        facet = next(facet for facet in self._facets if facet.field == field)
        if facet.is_number:
            self._ask(field)
        else:
            self.wanted = toggled(self.wanted, Term(field, value))
            self._show()

    def action_clear(self) -> None:
        self.wanted = Filter()
        self._show()

    def action_done(self) -> None:
        self.dismiss(self.wanted.text)

    def action_leave(self) -> None:
        if self.has_class("-asking"):
            self._close()
        else:
            self.dismiss(None)

    def _ask(self, field: str) -> None:
        line = self.query_one(LineInput)
        line.value = " ".join(f"{t.sign} {t.value}" for t in self._bounds(field))
        line.cursor_position = len(line.value)
        self.add_class("-asking")
        self._hint.say(f"{field}: a comparison such as > 3, or two; nothing for any · enter takes it")
        line.focus()

    @on(Input.Submitted)
    def _answered(self, event: Input.Submitted) -> None:
        event.stop()
        field = self._lines.choices[self._lines.cursor].value.partition(HAS)[0]
        try:
            self.wanted = bounded(self.wanted, _comparisons(field, event.value), field)
        except UsageError as error:
            self._hint.say(f"{error.problem}; {error.mend}")
            return
        self._close()
        self._show()

    def _close(self) -> None:
        self.remove_class("-asking")
        self._hint.say(self._keys)
        self.set_focus(None)

    def _bounds(self, field: str) -> list[Term]:
        return [t for t in self.wanted.terms if t.field == field and t.sign != HAS]

    def _show(self) -> None:
        self._lines.choices = self._choices()
        self._lines.refresh()
        self._text.say(self.wanted.text or "everything")

    def _choices(self) -> list[Choice]:
        return [choice for facet in self._facets for choice in self._of(facet)]

    def _of(self, facet: Facet) -> Iterator[Choice]:
        if facet.is_number:
            bounds = " ".join(term.text for term in self._bounds(facet.field))
            yield Choice(facet.field, f"[{'+' if bounds else ' '}] {bounds or facet.field}", facet.says)
            return
        yield Choice("", facet.field, heading=True)
        for value in facet.values:
            mark = "+" if value.term in self.wanted.terms else " "
            mark = "-" if Term(facet.field, value.term.value, negated=True) in self.wanted.terms else mark
            yield Choice(
                f"{facet.field}{HAS}{value.term.value}",
                f"[{mark}] {visible_line(value.term.value)}",
                f"{value.rows:,}",
            )
        if facet.more:
            yield Choice("", f"    and {facet.more:,} more: / {facet.field}: and some letters", heading=True)


def _comparisons(field: str, text: str) -> list[Term]:
    """Of `> 3 <= 5`, whatever the spaces. Raises UsageError for anything else."""
    packed = text.replace(" ", "")
    for sign in ("<", ">"):
        packed = packed.replace(sign, f" {field}{sign}")
    words = packed if packed[:1] in (" ", "") else f"{field}{packed}" if packed[0] == "=" else packed
    terms = parsed(words)
    if any(term.field != field or term.sign == HAS for term in terms):
        raise UsageError(f"{text} compares {field} with nothing", "write > 3, say")
    return list(terms)
