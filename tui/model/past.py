"""What a journal said when the review was opened, as columns: which rows are decided, by whom, what is in
force. Decisions themselves are read by need, so that a journal of 100,000 opens like an empty one.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from curate.journal import Journal
from schemas.decision import ADJUDICATED, VERDICTS, Decision
from tui.model.corpus import ABSENT, Corpus, Mask, Rows
from tui.model.in_force import conflicts, in_force
from tui.model.outcome import SECOND_LOOK
from tui.model.texts import Texts
from tui.model.today import midnight, not_before

_COLUMNS = ("example_id", "annotator", "verdict", "labels", "messages", "reason", "undoes", "decided_at")
_SKIP = VERDICTS.index("skip")
_Codes = NDArray[np.int32]


@dataclass(frozen=True)
class Past:
    """Columns over the journal's rows, oldest first. `rows` are the corpus', ABSENT where it has none; `who`,
    `verdict`, `labels` and `reason` are codes of `names`, VERDICTS, `label_texts` and `reasons`; `edits` are
    hashes of edited messages. `live` are decisions that are not undone and no undos; `undoes` is the seq that
    a row takes back, or 0. `today` are those decided on `day`, the local day of the opening."""

    seqs: Rows
    rows: Rows
    who: _Codes
    verdict: NDArray[np.int8]
    labels: _Codes
    reason: _Codes
    edits: Rows
    undoes: Rows
    today: Mask
    day: date
    names: Texts
    label_texts: Texts
    reasons: Texts

    @classmethod
    def read(cls, journal: Journal, corpus: Corpus) -> "Past":
        """Raises JournalError."""
        names, labels, reasons = Texts(), _Labels(), Texts()
        began = midnight()
        day, is_todays = began.date(), not_before(began)
        parts: list[tuple[NDArray[Any], ...]] = []
        ids: list[pa.Array] = []
        for page in journal.pages(*_COLUMNS):
            seq, example_id, who, verdict, label, messages, reason, undoes, at = zip(*page, strict=True)
            ids.append(pa.array(example_id, pa.string()))
            parts.append(
                (
                    np.array(seq, dtype=np.int64),
                    np.array([names.code((name,)) for name in who], dtype=np.int32),
                    np.array([_VERDICT[name] for name in verdict], dtype=np.int8),
                    np.array([labels[text] for text in label], dtype=np.int32),
                    np.array([reasons.code((text or "",)) for text in reason], dtype=np.int32),
                    np.array([hash(text) if text else 0 for text in messages], dtype=np.int64),
                    np.array([other or 0 for other in undoes], dtype=np.int64),
                    np.array([is_todays(text) for text in at], dtype=np.bool_),
                )
            )
        if not parts:
            return cls.none(day)
        seqs, *columns = (np.concatenate(column) for column in zip(*parts, strict=True))
        rows = corpus.rows_of(pa.chunked_array(ids))
        pa.default_memory_pool().release_unused()
        codes, verdicts, labelled, given, edits, taken_back, today = columns
        return cls(
            seqs, rows, codes, verdicts, labelled, given, edits, taken_back, today, day,
            names, labels.texts, reasons,
        )  # fmt: skip

    @classmethod
    def none(cls, day: date | None = None) -> "Past":
        """Of an empty journal."""
        whole, codes = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32)
        no, verdict = np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.int8)
        day = day or date.today()
        texts = (Texts(), Texts(), Texts())
        return cls(whole, whole, codes, verdict, codes, codes, whole, whole, no, day, *texts)

    @property
    def last(self) -> int:
        """The seq up to which the journal was read."""
        return int(self.seqs[-1]) if len(self.seqs) else 0

    def own(self, annotator: str) -> "Own":
        """What one annotator's rows come to."""
        code = self.names.known((annotator,))
        mine = self.who == (ABSENT if code is None else code)
        return Own(self, mine, mine & in_force(self.seqs, self.undoes, self.undoes[mine]))

    @property
    def live(self) -> Mask:
        """Decisions that nobody took back."""
        return in_force(self.seqs, self.undoes)

    @property
    def skips(self) -> Mask:
        return np.asarray(self.verdict == _SKIP)

    @property
    def states(self) -> Mask:
        """Statements, which decide nothing."""
        kinds = [_is_statement(labels) for labels in self.label_texts.texts]
        return np.asarray(self.skips & (self.undoes == 0) & np.array(kinds, dtype=np.bool_)[self.labels])

    def labelled(self, label: str) -> Mask:
        having = [label in labels for labels in self.label_texts.texts]
        return np.asarray(np.array(having, dtype=np.bool_)[self.labels])

    def verdicts(self) -> tuple[Rows, Rows]:
        """The rows of which a verdict is in force, and which of them are in conflict: those on whose latest
        verdict, since an adjudication, annotators differ."""
        at = np.flatnonzero(self.live & ~self.skips & (self.rows != ABSENT))
        rows = self.rows[at]
        said = self.edits[at] * len(VERDICTS) + self.verdict[at]
        return np.unique(rows), conflicts(rows, self.who[at], said, self.labelled(ADJUDICATED)[at])


@dataclass(frozen=True)
class Own:
    """Of one annotator: `mine` are the rows of the journal, `live` those in force."""

    past: Past
    mine: Mask
    live: Mask

    @property
    def seqs(self) -> Rows:
        """Of all rows."""
        return self.past.seqs[self.mine]

    @property
    def done(self) -> Rows:
        """Of the decisions in force."""
        return self.past.seqs[self.live]

    @property
    def undoes(self) -> Rows:
        """What each row takes back, or 0."""
        return self.past.undoes[self.mine]

    @property
    def today(self) -> int:
        return int(np.count_nonzero(self.live & self.past.today & ~self.past.skips))

    def verdicts(self) -> tuple[tuple[NDArray[np.int8], Rows], ...]:
        """The code of each verdict in force with its row, in the order in which they count: a skip only where
        nothing else was decided."""
        past = self.past
        said = self.live & ~past.states & (past.rows != ABSENT)
        parts = [np.flatnonzero(said & past.skips), np.flatnonzero(said & ~past.skips)]
        return tuple((past.verdict[at], past.rows[at]) for at in parts)

    def flagged(self) -> Rows:
        """Rows that a decision in force asks to look at again."""
        past = self.past
        said = self.live & ~past.states & (past.rows != ABSENT)
        return np.unique(past.rows[said & past.labelled(SECOND_LOOK)])


class _Labels(dict[str, int]):
    """Codes of labels by the text that stands in the journal."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = Texts()

    def __missing__(self, text: str) -> int:
        self[text] = code = self.texts.code(tuple(json.loads(text)))
        return code


_VERDICT = {name: code for code, name in enumerate(VERDICTS)}


def _is_statement(labels: tuple[str, ...]) -> bool:
    return Decision(0, "", "", "skip", labels=labels).statement is not None
