"""What the other annotators decided of a corpus, by row: how far the team is, and where it is in conflict."""

from collections.abc import Mapping

import numpy as np

from curate.journal import Journal, rulings_of
from schemas.decision import Decision
from tui.model.corpus import ABSENT, Corpus, Mask
from tui.model.past import Past
from tui.model.said import Said

_FEW = 8  # ids whose rows are found quicker one by one
_NONE: Mapping[str, int] = {}
_SOME = 500  # ids whose decisions are read quicker one by one


class Team:
    """Follows the journal: `catch_up` reads what was decided since, here and in other processes; `seen` is
    the last seq that it knows."""

    def __init__(self, corpus: Corpus, journal: Journal, annotator: str, past: Past) -> None:
        self._corpus = corpus
        self._journal = journal
        self._annotator = annotator
        self.seen = past.last
        self._others = {name for (name,) in past.names.texts} - {annotator}
        decided, in_conflict = past.verdicts()
        self.conflicts: Mask = np.zeros(len(corpus), dtype=np.bool_)
        self.conflicts[in_conflict] = True
        self.decided: Mask = np.zeros(len(corpus), dtype=np.bool_)
        self.decided[decided] = True
        self.n_decided = len(decided)
        self.said = Said.of(past)

    @property
    def others(self) -> bool:
        """Whether anyone else has decided anything."""
        return bool(self._others)

    def catch_up(self, known: Mapping[str, int] = _NONE) -> None:
        """`conflicts` are rows whose annotators disagree, `decided` those that anyone decided, `n_decided` so
        many, `said` what filters ask of everyone's decisions. `known` are rows that need not be looked
        for, by id."""
        new = self._journal.decisions(after=self.seen)
        if not new:
            return
        self.seen = new[-1].seq
        self._others |= {d.annotator for d in new} - {self._annotator}
        ids = list(dict.fromkeys(d.example_id for d in new))
        rulings = rulings_of(self._all_on(ids))
        row_of = self._rows(ids, known)
        self.said.take_in(new, row_of)
        for name, row in row_of.items():
            if row != ABSENT:
                ruling = rulings.get(name)
                self.conflicts[row] = ruling is not None and ruling.disagreement
                self.n_decided += (ruling is not None) - int(self.decided[row])
                self.decided[row] = ruling is not None

    def sides(self, row: int) -> tuple[Decision, ...]:
        """The verdicts in force on one example, oldest first."""
        name = self._corpus.id_of(row)
        ruling = rulings_of(self._journal.decisions(name)).get(name)
        return ruling.decisions if ruling else ()

    def _all_on(self, ids: list[str]) -> list[Decision]:
        if len(ids) <= _SOME:
            return [decision for name in ids for decision in self._journal.decisions(name)]
        wanted = set(ids)
        return [decision for decision in self._journal.decisions() if decision.example_id in wanted]

    def _rows(self, ids: list[str], known: Mapping[str, int]) -> dict[str, int]:
        new = [name for name in ids if name not in known]
        if len(new) > _FEW:
            found = dict(zip(new, self._corpus.rows_of(new).tolist(), strict=True))
        else:
            found = {name: self._corpus.row_of(name) for name in new}
        return {name: found[name] if name in found else known[name] for name in ids}
