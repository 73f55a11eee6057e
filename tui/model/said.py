"""What everyone decided, by row of the corpus, as columns: what filters ask, without the journal.

A filter over a journal of 100,000 decisions must not keep keys waiting: rows are written down here as the
journal is followed, some 20 bytes a decision, and what is in force is sorted out where a filter looks, which
may be in a thread. Texts are kept once each.
"""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from schemas.decision import Decision
from tui.model.corpus import ABSENT, Mask, Rows
from tui.model.past import Past
from tui.model.texts import Texts

Field = Literal["reason", "label", "by"]
FIELDS: tuple[Field, ...] = ("reason", "label", "by")
_Codes = NDArray[np.int32]


@dataclass(frozen=True)
class InForce:
    """Of each annotator and row what was decided last and not undone; a skip, which may carry labels, only
    where nothing else was. Nothing in it changes, so that a thread can look.

    Columns over decisions, oldest first: `codes` of what `texts` holds, by field.
    """

    rows: Rows
    skips: Mask
    live: Mask
    codes: dict[Field, _Codes]
    texts: dict[Field, tuple[tuple[str, ...], ...]]
    annotator: str | None = None

    def rows_with(self, field: Field, part: str) -> Rows:
        """Rows on which a decision in force has these letters, whatever their case."""
        wanted = [
            code
            for code, texts in enumerate(self.texts[field])
            if any(part.lower() in text.lower() for text in texts if text)
        ]
        at = self._counting(field)
        return self.rows[at[np.isin(self.codes[field][at], wanted)]]

    def counts(self, field: Field) -> Counter[str]:
        """How many decisions in force have each text."""
        found: Counter[str] = Counter()
        codes, times = np.unique(self.codes[field][self._counting(field)], return_counts=True)
        for code, n in zip(codes.tolist(), times.tolist(), strict=True):
            found.update(dict.fromkeys(self.texts[field][code], n))
        return +Counter({text: n for text, n in found.items() if text})

    def _counting(self, field: Field) -> Rows:
        """Places of the decisions that count: to skip is to have decided nothing."""
        at = self._latest
        return at[~self.skips[at]] if field == "by" else at

    @cached_property
    def _latest(self) -> Rows:
        live = self.live
        if self.annotator is not None:
            own = [code for code, names in enumerate(self.texts["by"]) if names == (self.annotator,)]
            live = live & np.isin(self.codes["by"], own)
        at = np.flatnonzero(live)
        order = at[np.lexsort((at, ~self.skips[at], self.rows[at], self.codes["by"][at]))]
        who, rows = self.codes["by"][order], self.rows[order]
        last = np.ones(len(order), dtype=np.bool_)
        last[:-1] = (who[1:] != who[:-1]) | (rows[1:] != rows[:-1])
        return order[last]


class Said:
    """Follows a journal: `take_in` what was decided since, oldest first."""

    def __init__(self) -> None:
        self._seqs = array("q")
        self._rows = array("q")
        self._skips = array("b")
        self._live = array("b")
        self._codes: dict[Field, array[int]] = {field: array("i") for field in FIELDS}
        self._texts: dict[Field, Texts] = {field: Texts() for field in FIELDS}

    @classmethod
    def of(cls, past: Past) -> "Said":
        """What was decided before, and is followed on from there."""
        said = cls()
        at = np.flatnonzero((past.undoes == 0) & (past.rows != ABSENT) & ~past.states)
        live = past.live
        said._seqs.frombytes(past.seqs[at].tobytes())
        said._rows.frombytes(past.rows[at].tobytes())
        said._skips.frombytes(past.skips[at].astype(np.int8).tobytes())
        said._live.frombytes(live[at].astype(np.int8).tobytes())
        codes = {"reason": past.reason, "label": past.labels, "by": past.who}
        for field in FIELDS:
            said._codes[field].frombytes(codes[field][at].tobytes())
        said._texts = {"reason": past.reasons, "label": past.label_texts, "by": past.names}
        return said

    def take_in(self, decisions: Iterable[Decision], row_of: dict[str, int]) -> None:
        """Statements, and decisions on what the corpus does not hold, are left out."""
        for decision in decisions:
            if decision.undoes is not None:
                self._take_back(decision.undoes)
                continue
            row = row_of[decision.example_id]
            if row == ABSENT or decision.statement is not None:
                continue
            self._seqs.append(decision.seq)
            self._rows.append(row)
            self._skips.append(decision.verdict == "skip")
            self._live.append(1)
            said: dict[Field, tuple[str, ...]] = {
                "reason": (decision.reason or "",),
                "label": decision.labels,
                "by": (decision.annotator,),
            }
            for field, texts in said.items():
                self._codes[field].append(self._texts[field].code(texts))

    def in_force(self, annotator: str | None = None) -> InForce:
        """As it stands now; of one annotator alone where given."""
        return InForce(
            np.array(self._rows, dtype=np.int64),
            np.array(self._skips, dtype=np.bool_),
            np.array(self._live, dtype=np.bool_),
            {field: np.array(codes, dtype=np.int32) for field, codes in self._codes.items()},
            {field: tuple(texts.texts) for field, texts in self._texts.items()},
            annotator,
        )

    def _take_back(self, seq: int) -> None:
        at = bisect_left(self._seqs, seq)
        if at < len(self._seqs) and self._seqs[at] == seq:
            self._live[at] = 0
