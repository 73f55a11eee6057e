"""Personal data line by line: span after span, what is personal data and what is none."""

from functools import partial

from curate.history.raw import RawRows
from schemas.example import Example
from schemas.statement import Scope
from tui.model.listing import to_next_open
from tui.model.outcome import Outcome
from tui.model.personal import Personal, digested, rows_with_pii
from tui.model.pii_spans import PiiSpan
from tui.model.workbench import Workbench
from tui.plain.desk import ListDesk
from tui.plain.talk import Talk

_WORDS: dict[str, tuple[bool, Scope]] = {
    "is_pii": (True, "here"),
    "is_pii_everywhere": (True, "everywhere"),
    "is_not_pii": (False, "here"),
    "is_not_pii_everywhere": (False, "everywhere"),
}


class PiiDesk(ListDesk[Personal]):
    NOTHING = "the pii stage found nothing in this version"

    def __init__(self, bench: Workbench, talk: Talk) -> None:
        rows = rows_with_pii(bench.dataset, bench.review.corpus)
        super().__init__(bench, talk, Personal(bench.review, bench.ledger, rows))
        self._raw = RawRows(bench.workspace)
        for action, (personal, scope) in _WORDS.items():
            self.acts[action] = partial(self._word, personal, scope)
        self.acts |= {
            "next_example": lambda: to_next_open(self._listed),
            "next_span": lambda: self._step(1),
            "previous_span": lambda: self._step(-1),
        }

    def tell(self) -> None:
        example, spans, chosen = self._listed.example, self._listed.spans, self._listed.chosen
        assert example is not None
        self._talk.say(self._place("example"))
        if spans:
            self._talk.say(f"span {chosen + 1} of {len(spans)}: {spans[chosen].says}")
            word = self._listed.word(spans[chosen])
            if word is not None:
                what = "personal data" if word.personal else "no personal data"
                self._talk.say(f"you said: {what}, {word.scope}")
        else:
            self._talk.say("no span of it is in the messages as they are now")
        for entity, n in self._listed.elsewhere.items():
            self._talk.say(f"in tool calls, names, tags or metadata: {n} {entity}")
        self._tell_messages(example, spans)

    def _tell_messages(self, example: Example, spans: list[PiiSpan]) -> None:
        """Spans are named where they stand, in brackets."""
        for at, message in enumerate(example.messages):
            if message.role != "system":
                text = message.content
                for number, span in reversed([(n, s) for n, s in enumerate(spans, 1) if s.message == at]):
                    inside = f"[span {number}: {text[span.start : span.end]}]"
                    text = text[: span.start] + inside + text[span.end :]
                self._talk.say(f"{message.role}:")
                self._talk.text(text)

    def _word(self, personal: bool, scope: Scope) -> Outcome:
        asked = self._listed.ask(personal, scope)
        if asked is None:
            return Outcome("no span is shown")
        self._talk.say("reading the value")
        return self._listed.say(asked, digested(asked, self._bench.workspace, self._raw))

    def _step(self, by: int) -> Outcome | None:
        before = self._listed.chosen
        self._listed.go_to_span(by)
        return Outcome("no further span is in this example") if self._listed.chosen == before else None
