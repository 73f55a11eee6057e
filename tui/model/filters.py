"""What `/` understands, and which rows a filter lets through."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from schemas.arrays import Floats
from tui.model.corpus import ABSENT, Corpus, Mask, Rows
from tui.model.ledger import LedgerView
from tui.model.measures import Measures
from tui.model.said import FIELDS, InForce
from tui.model.terms import HAS, MARKED, STATE, STATES, TEXT, Term, parsed, written
from tui.model.verdicts import Codes, in_state

FILTER_HELP = (
    ("refund late", "both words stand in the conversation"),
    ('"too late"', "the phrase stands in it"),
    ("flag:pii", "a flag with these letters; flag: alone is any flag"),
    ("source:tickets", "the source's path has these letters"),
    ("tag:billing", "a tag has these letters"),
    ("split:train", "the split, or the start of its name"),
    ("strategy:para", "augmented by a strategy with these letters"),
    ("stage:pii", "a stage with these letters changed or flagged it"),
    ("reason:wrong", "why: a stage's reason or a reviewer's has these letters"),
    ("label:rude", "an annotator gave it a label with these letters"),
    ("by:ada", "decided by an annotator with these letters"),
    (f"{STATE}:{STATES[0]}", f"your verdict: {', '.join(STATES)}"),
    ("loss>3", "compares (< <= = >= >) loss, base, gain, rise, tokens, chars, turns, flags, noise …"),
    ("-flag:pii", "a minus turns a field round; -text:late is without the word"),
)
_COMPARE: dict[str, Callable[[Floats, float], Mask]] = {
    "<": np.less,
    "<=": np.less_equal,
    "=": np.equal,
    ">=": np.greater_equal,
    ">": np.greater,
}


@dataclass(frozen=True, slots=True)
class Ground:
    """What filters look at: `codes` are the annotator's verdicts by row, `said` what those decided whose
    decisions may be seen. Nothing in it changes, so that a thread can look."""

    corpus: Corpus
    measures: Measures
    codes: Codes
    marked: Mask
    said: InForce
    ledger: LedgerView | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """All terms must match; none lets everything through."""

    terms: tuple[Term, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Filter":
        """Raises UsageError for a term that means nothing, with the nearest that does."""
        return cls(parsed(text))

    @property
    def text(self) -> str:
        return written(self.terms)

    @property
    def words(self) -> tuple[str, ...]:
        """What is looked for in the conversation."""
        return tuple(term.value for term in self.terms if term.field == TEXT and not term.negated)

    def mask(self, ground: Ground) -> Mask:
        """Rows that match. Raises UsageError for a measure that there is not."""
        found = np.ones(len(ground.corpus), dtype=np.bool_)
        for term in sorted(self.terms, key=lambda term: term.field == TEXT):  # what takes longest comes last
            hit = _rows(term, ground)
            found &= ~hit if term.negated else hit
        return found


def _rows(term: Term, ground: Ground) -> Mask:
    corpus = ground.corpus
    if term.sign != HAS:
        values = ground.measures.of(term.field).values
        return np.asarray(_COMPARE[term.sign](values, float(term.value)))
    if term.field == STATE:
        return ground.marked if term.value == MARKED else in_state(ground.codes, term.value)
    if term.field in _OF_CORPUS:
        return _OF_CORPUS[term.field](corpus, term.value)
    found = np.zeros(len(corpus), dtype=np.bool_)
    if term.field in FIELDS:
        found[ground.said.rows_with(term.field, term.value)] = True
    if term.field in ("stage", "reason") and ground.ledger is not None:
        found[_known(corpus, ground.ledger.examples_with(term.field, term.value))] = True
    return found


_OF_CORPUS: dict[str, Callable[[Corpus, str], Mask]] = {
    TEXT: Corpus.containing,
    "flag": Corpus.with_flag,
    "source": Corpus.with_source,
    "tag": Corpus.with_tag,
    "split": Corpus.in_split,
    "strategy": Corpus.with_strategy,
}


def _known(corpus: Corpus, example_ids: pa.ChunkedArray) -> Rows:
    rows = corpus.rows_of(example_ids)
    return np.asarray(rows[rows != ABSENT])
