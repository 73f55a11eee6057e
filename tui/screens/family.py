"""Augmented examples, each beside the parent that it was made of, changed words marked."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from textual.strip import Strip
from typing_extensions import override

from curate.history.why import describe
from schemas.example import Example
from schemas.ledger import Event
from tui import theme
from tui.model.families import Families
from tui.safe_text import SafeText, visible_line
from tui.screens.base import bindings_of
from tui.screens.verdicts import VerdictsScreen
from tui.widgets.beside import beside
from tui.widgets.conversation_pane import Page, conversation
from tui.widgets.strips import note, whole


class FamilyScreen(VerdictsScreen):
    NAME = "family"
    BINDINGS: ClassVar = bindings_of(NAME)
    LOADING = "reading the families"
    listed: Families | None

    @override
    def opened(self, found: Any) -> Families:
        return Families(self._bench.review)

    def status(self) -> str:
        return self.place("augmented examples")

    def nothing(self) -> Sequence[str]:
        return (
            "No example of this version was made by a model.",
            "`augment` in the recipe makes paraphrases and variations; `curate augment --stats` counts them.",
            "",
            "F2  the review queue",
            "q   leave",
        )

    def page(self, width: int) -> list[Strip]:
        listed = self.listed
        child = listed.example if listed else None
        if listed is None or child is None:
            return []
        parent = listed.parent
        strips = [*self._about(listed, child, parent, width), Strip.blank(width, theme.PLAIN)]
        if parent is None:
            return [*strips, *conversation(Page(child), width)]
        return [*strips, *beside(parent, child, {}, width)]

    def _about(self, listed: Families, child: Example, parent: Example | None, width: int) -> Iterator[Strip]:
        number, size = listed.sibling(listed.cursor.position)
        own = listed.verdict
        said = f" · you: {own.verdict}" if own else ""
        yield whole(visible_line(f" child {number} of {size}{said}"), theme.BAR_STRONG, width)
        if parent is None:
            yield whole(SafeText(" its parent is not in this version"), theme.FLAG, width)
        else:
            yield whole(visible_line(f" parent {parent.source}:{parent.line}"), theme.DIM, width)
        for event in self._bench.ledger.events(child.example_id):
            yield from note(visible_line(_words(event)), width)

    def action_next_family(self) -> None:
        self.change(lambda listed: listed.to_family(1))

    def action_previous_family(self) -> None:
        self.change(lambda listed: listed.to_family(-1))


def _words(event: Event) -> str:
    """What made or changed it; of the details, those that a person reads: which model, by which prompt."""
    made = [str(event.detail[name]) for name in ("model", "prompt") if name in event.detail]
    return " · ".join([describe(replace(event, detail={})), *made])
