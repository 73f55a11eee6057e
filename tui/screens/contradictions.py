"""Contradictions side by side: one question, two answers that cannot both be right."""

from collections.abc import Sequence
from typing import ClassVar

from textual.strip import Strip

from schemas.example import Example
from tui import theme
from tui.model.contradictions import Choice, Contradictions, Opposed, opposed
from tui.safe_text import SafeText, visible_line
from tui.screens.base import bindings_of
from tui.screens.listing import ListingScreen
from tui.widgets.beside import beside
from tui.widgets.strips import whole

_NAMES = ("left", "right")


class ContradictionsScreen(ListingScreen):
    NAME = "contradictions"
    BINDINGS: ClassVar = bindings_of(NAME)
    LOADING = "reading the contradictions"
    listed: Contradictions | None

    def read(self) -> Opposed:
        return opposed(self._bench.dataset, self._bench.review.corpus)

    def opened(self, found: Opposed) -> Contradictions:
        return Contradictions(self._bench.review, found)

    def status(self) -> str:
        if self.listed is None:
            return "contradictions"
        here = self.listed.cursor.position + 1 if len(self.listed) else 0
        who = self._bench.review.verdicts.annotator
        return f"{here:,}/{len(self.listed):,} contradictions · {self.listed.open:,} left · {who}"

    def nothing(self) -> Sequence[str]:
        return (
            "No two examples of this version answer one question in contradicting ways.",
            "They are looked for where the recipe has `dedup`.",
            "",
            "F2  the review queue",
            "q   leave",
        )

    def page(self, width: int) -> list[Strip]:
        rows, sides = (self.listed.rows, self.listed.sides) if self.listed else (None, None)
        if rows is None or sides is None:
            return []
        alike = self.listed.alike if self.listed else 1.0
        question = "one question" if alike == 1 else f"questions alike, Jaccard {alike:.2f}"
        top = whole(SafeText(f" {question}, two answers"), theme.BAR_STRONG, width)
        heads = [self._head(*side, width) for side in zip(_NAMES, rows, sides, strict=True)]
        return [top, *heads, Strip.blank(width, theme.PLAIN), *beside(*sides, {}, width, _NAMES)]

    def _head(self, name: str, row: int, example: Example, width: int) -> Strip:
        own = self.listed.own(row) if self.listed else None
        said = f" · you: {own.verdict}" if own else ""
        line = f" {name:<5}  {example.split} · {example.source}:{example.line}{said}"
        return whole(visible_line(line), theme.FLAG if own else theme.DIM, width)

    def action_keep_left(self) -> None:
        self._choose("left")

    def action_keep_right(self) -> None:
        self._choose("right")

    def action_keep_both(self) -> None:
        self._choose("both")

    def action_keep_neither(self) -> None:
        self._choose("neither")

    def action_next_pair(self) -> None:
        self.change(Contradictions.to_next)

    def _choose(self, choice: Choice) -> None:
        self.change(lambda listed: listed.choose(choice))
