"""What the pii stage found, example by example: reviewers say what is personal data and what is none.

A word on a value is a statement in the journal (`schemas.statement.Value`), which the next build honours: on
this example alone, or wherever the value stands. It holds a digest and no value.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pyarrow.compute as pc

from curate.history.raw import RawRows
from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.errors import VersionError
from schemas.example import Example, Message, without_system
from schemas.statement import Scope, Value
from tui.model.corpus import ABSENT, Corpus, Rows
from tui.model.heard import Heard, heard_in
from tui.model.ledger import LedgerView
from tui.model.listing import Cursor
from tui.model.outcome import Outcome
from tui.model.pii_spans import STAGE, PiiSpan, pii_spans
from tui.model.review import Review

Place = tuple[str, int, int]  # example, message, first character
_REMEMBERED = 512  # examples whose events need not be sought in the ledger again
_GONE = VersionError(
    "the text before redaction cannot be had: the raw row changed since the build",
    "build again, then look at it there",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to say of one span; everything that computing its digest needs stands in it."""

    personal: bool
    scope: Scope
    span: PiiSpan
    example: Example
    salt: str
    before_hash: str | None
    edits: tuple[tuple[Message, ...], ...]


def rows_with_pii(dataset: DatasetVersion, corpus: Corpus) -> Rows:
    """Rows of the version in which the stage found something, in the ledger's order. Raises VersionError."""
    events = dataset.read("ledger.parquet", ("example_id", "stage"), [("stage", "=", STAGE)])
    rows = corpus.rows_of(pc.unique(events["example_id"]))
    return np.asarray(rows[rows != ABSENT])


class Personal:
    """The spans of one example at a time; what was said of them in this session is remembered."""

    def __init__(self, review: Review, ledger: LedgerView, rows: Rows, heard: Heard | None = None) -> None:
        """`heard` where it was read before."""
        self._review = review
        self._events = lru_cache(_REMEMBERED)(ledger.events)
        self._rows = rows
        self._heard = heard.follow(review) if heard is not None else heard_in(review)
        self._said: dict[Place, Value] = {}  # in this session, also what was undone
        self._at = (-1, 0)
        self.cursor = Cursor(len(rows))

    def __len__(self) -> int:
        return len(self._rows)

    def line(self, at: int) -> str:
        row = int(self._rows[at])
        found = self._events(self._review.corpus.id_of(row))
        names = dict.fromkeys(e.reason.rpartition(":")[2] for e in found if e.stage == STAGE)
        return f"{'✓' if self.done(at) else ' '} {', '.join(names)}: {self._review.corpus.preview(row)}"

    def done(self, at: int) -> bool:
        """Whether anyone said something of a value in it."""
        on = self._heard.statements_on(self._review.corpus.id_of(int(self._rows[at])))
        return any(isinstance(says, Value) for _, says in on)

    @property
    def example(self) -> Example | None:
        return self._review.corpus.example(int(self._rows[self.cursor.position])) if len(self) else None

    @property
    def spans(self) -> list[PiiSpan]:
        example = self.example
        return pii_spans(example, self._events(example.example_id)) if example else []

    @property
    def elsewhere(self) -> dict[str, int]:
        """How often the stage found something in tool calls, names, tags or metadata, by type."""
        example = self.example
        found: dict[str, int] = {}
        for event in self._events(example.example_id) if example else []:
            if event.stage == STAGE and event.detail.get("elsewhere"):
                entity = event.reason.rpartition(":")[2]
                found[entity] = found.get(entity, 0) + sum(event.detail["elsewhere"].values())
        return found

    @property
    def chosen(self) -> int:
        """Which span is asked about, from 0."""
        return self._at[1] if self._at[0] == self.cursor.position else 0

    def go_to_span(self, step: int) -> None:
        last = len(self.spans) - 1
        self._at = (self.cursor.position, max(0, min(self.chosen + step, last)))

    def word(self, span: PiiSpan) -> Value | None:
        """What was said of it in this session, where that is in force."""
        example = self.example
        if example is None:
            return None
        value = self._said.get((example.example_id, span.message, span.start))
        on = self._heard.statements_on(example.example_id)
        return value if any(says == value for _, says in on) else None

    def ask(self, personal: bool, scope: Scope) -> Asked | None:
        """What `digested` needs for the chosen span; None where no span is shown."""
        example, spans = self.example, self.spans
        if example is None or not spans:
            return None
        span = spans[self.chosen]
        events = self._events(example.example_id)
        before = next((e.before_hash for e in events if e.stage == STAGE and e.before_hash), None)
        edits = tuple(d.messages for d in self._heard.on(example.example_id) if d.messages is not None)
        return Asked(personal, scope, span, example, self._salt, before, edits)

    def say(self, asked: Asked, digest: str) -> Outcome:
        """Writes the word down and goes to the next span that has none."""
        value = Value(asked.personal, asked.scope, asked.span.entity, asked.salt, digest)
        decision = self._review.verdicts.write(asked.example.example_id, "skip", labels=(value.label,))
        self._said[asked.example.example_id, asked.span.message, asked.span.start] = value
        self.refresh()
        self._to_next()
        return Outcome(_told(value), decision)

    def refresh(self) -> None:
        """After decisions, here or elsewhere."""
        self._heard.catch_up()

    @property
    def _salt(self) -> str:
        """The one that the journal's words share, so that one digest a value is enough."""
        from curate.pii.said import new_salt

        salts = (says.salt for d in self._heard.stated if isinstance(says := d.statement, Value))
        return next(salts, None) or new_salt()

    def followed(self, outcome: Outcome) -> Outcome:
        """Back to the example that it was about, where it is one of these."""
        self.refresh()
        if outcome.decision is not None:
            row = self._review.corpus.row_of(outcome.decision.example_id)
            at = np.flatnonzero(self._rows == row)
            if row != ABSENT and len(at):
                self.cursor.go(int(at[0]))
        return outcome

    def _to_next(self) -> None:
        spans = self.spans
        rest = [at for at in range(self.chosen + 1, len(spans)) if self.word(spans[at]) is None]
        if rest:
            self._at = (self.cursor.position, rest[0])
        elif self.cursor.position + 1 < len(self):
            self.cursor.go(self.cursor.position + 1)


def digested(asked: Asked, workspace: Workspace, raw: RawRows) -> str:
    """The digest of the value behind a span: from the version's text where it stands there, else from the raw
    row. Slow the first time: the recognisers are loaded. Raises VersionError where the text is gone."""
    from curate.pii.said import digest_at

    settings = workspace.recipe.pii
    if settings is None:
        raise VersionError("the recipe has no `pii` any more", "add it, or look at the version's own recipe")
    span = asked.span
    if span.fate == "replaced":
        message = span.message - (asked.example.messages[0].role == "system")
        text = _before(asked, raw).messages[message].content
        start, end = span.before
    else:
        text, start, end = asked.example.messages[span.message].content, span.start, span.end
    return digest_at(text, start, end, span.entity, asked.salt, settings, workspace.root)


def _before(asked: Asked, raw: RawRows) -> Example:
    """The example as it was before the stage: as imported, or with a reviewer's edit."""
    example = asked.example
    place = (example.source, example.line)
    imported = raw.examples({place: example.example_id}).get(place)
    found = [imported] if imported else []
    base = imported or example
    found += [replace(base, messages=without_system(e)) for e in asked.edits]
    match = next((one for one in found if one.content_hash == asked.before_hash), None)
    if match is None:
        raise _GONE
    return match


def _told(value: Value) -> str:
    what = "personal data" if value.personal else "no personal data"
    where = "everywhere" if value.scope == "everywhere" else "in this example"
    then = "goes" if value.personal else "stays"
    return f"{what} {where}: the value {then} from the next build on"
