"""What the pii stage found, span by span: personal data or none, here or wherever the value stands.

The value of a stand-in is not shown: it is in no file of a version. Its digest is made of the raw row, in a
thread, when something is said of it.
"""

from collections.abc import Hashable, Iterator, Sequence
from functools import partial
from typing import ClassVar

from textual.strip import Strip

from curate.history.raw import RawRows
from schemas.example import Message
from schemas.statement import Scope
from tui import theme
from tui.actions.registry import Registry
from tui.model.corpus import Rows
from tui.model.heard import Heard, heard_before
from tui.model.listing import to_next_open
from tui.model.personal import Personal, digested, rows_with_pii
from tui.model.pii_spans import PiiSpan
from tui.model.workbench import Workbench
from tui.safe_text import SafeText, visible_line
from tui.screens.base import bindings_of
from tui.screens.listing import ListingScreen
from tui.widgets.strips import body, note, whole


class PiiScreen(ListingScreen):
    NAME = "pii"
    BINDINGS: ClassVar = bindings_of(NAME)
    LOADING = "reading what was found"
    listed: Personal | None

    def __init__(self, bench: Workbench, registry: Registry) -> None:
        super().__init__(bench, registry)
        self._raw = RawRows(bench.workspace)

    def read(self) -> tuple[Rows, Heard]:
        bench = self._bench
        rows = rows_with_pii(bench.dataset, bench.review.corpus)
        return rows, heard_before(bench.workspace, bench.review)

    def opened(self, found: tuple[Rows, Heard]) -> Personal:
        return Personal(self._bench.review, self._bench.ledger, *found)

    def status(self) -> str:
        if self.listed is None:
            return "pii"
        here = self.listed.cursor.position + 1 if len(self.listed) else 0
        who = self._bench.review.verdicts.annotator
        return f"{here:,}/{len(self.listed):,} examples with personal data or what was taken for it · {who}"

    def nothing(self) -> Sequence[str]:
        asked = self._bench.dataset.recipe.pii is not None
        return (
            "The pii stage found nothing in this version." if asked else "The recipe has no `pii`.",
            "" if asked else "With `pii: {}` in it, the next build looks for personal data and secrets.",
            "",
            "F2  the review queue",
            "q   leave",
        )

    @property
    def subject(self) -> Hashable:
        return self.listed.cursor.position if self.listed else None

    @property
    def example_id(self) -> str | None:
        example = self.listed.example if self.listed else None
        return example.example_id if example else None

    def page(self, width: int) -> list[Strip]:
        listed = self.listed
        example = listed.example if listed else None
        if listed is None or example is None:
            return []
        spans, chosen = listed.spans, listed.chosen
        strips = [*self._about(listed, spans, width), Strip.blank(width, theme.PLAIN)]
        for at, message in enumerate(example.messages):
            if message.role != "system":
                own = [(n, span) for n, span in enumerate(spans) if span.message == at]
                strips += _message(message, own, chosen, width)
        return strips

    def _about(self, listed: Personal, spans: Sequence[PiiSpan], width: int) -> Iterator[Strip]:
        """The span asked about, in words."""
        if spans:
            span = spans[listed.chosen]
            line = f" {listed.chosen + 1} of {len(spans)}: {span.says}"
            yield whole(visible_line(line), theme.BAR_STRONG, width)
            word = listed.word(span)
            if word is not None:
                what = "personal data" if word.personal else "no personal data"
                yield whole(SafeText(f" you: {what}, {word.scope}"), theme.FLAG, width)
        else:
            yield whole(SafeText(" no span of it is in the messages as they are now"), theme.DIM, width)
        elsewhere = ", ".join(f"{n} {entity}" for entity, n in listed.elsewhere.items())
        if elsewhere:
            yield from note(visible_line(f"in tool calls, names, tags or metadata: {elsewhere}"), width)

    # Deciding

    def action_is_pii(self) -> None:
        self._say(True, "here")

    def action_is_pii_everywhere(self) -> None:
        self._say(True, "everywhere")

    def action_is_not_pii(self) -> None:
        self._say(False, "here")

    def action_is_not_pii_everywhere(self) -> None:
        self._say(False, "everywhere")

    def action_next_example(self) -> None:
        self.change(to_next_open)

    def action_next_span(self) -> None:
        self._step(1)

    def action_previous_span(self) -> None:
        self._step(-1)

    def _say(self, personal: bool, scope: Scope) -> None:
        listed = self.listed
        if any(worker.node is self and not worker.is_finished for worker in self.app.workers):
            self.say("the value before is still being read: press it again")
            return
        asked = listed.ask(personal, scope) if listed else None
        if listed is not None and asked is not None:
            self.load(
                "reading the value",
                partial(digested, asked, self._bench.workspace, self._raw),
                lambda digest: self.change(lambda model: model.say(asked, digest)),
            )

    def _step(self, by: int) -> None:
        if self.listed is not None and len(self.listed):
            self.listed.go_to_span(by)
            self.say("")
            self.paint()


def _message(message: Message, spans: Sequence[tuple[int, PiiSpan]], chosen: int, width: int) -> list[Strip]:
    """The chosen span reversed, the others underlined."""
    styles = (theme.PLAIN, theme.FOUND, theme.HIT_HERE)
    marks = [(span.start, span.end, 2 if number == chosen else 1) for number, span in spans]
    head = whole(visible_line(f" {message.role}"), theme.ROLE.get(message.role, theme.DIM), width)
    return [head, *body(message.content, marks, styles, width), Strip.blank(width, theme.PLAIN)]
