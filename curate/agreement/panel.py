"""Who said what: the decisions that tell how far annotators agree, and the tables that measures are made of.

Compared is what each annotator decided last on an example, neither undone nor skipped. Left out are an
adjudication and what the same annotator decided there later: they had the others' verdicts before them. What
it settled still counts, or each conflict that ends would raise the agreement.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from curate.agreement.coefficient import Table
from curate.journal import standing
from schemas.decision import ADJUDICATED, Decision

VERDICTS = ("keep", "edit", "drop")
ABSENT = -1


@dataclass(frozen=True, slots=True)
class Panel:
    """`said` holds decisions by example and annotator; `annotators` are in order of name."""

    annotators: tuple[str, ...]
    said: dict[str, dict[str, Decision]]

    @classmethod
    def of(cls, decisions: Iterable[Decision]) -> "Panel":
        """From a journal's decisions, oldest first."""
        said: dict[str, dict[str, Decision]] = {}
        seen_others: set[tuple[str, str]] = set()
        for decision in standing(decisions):
            who = (decision.example_id, decision.annotator)
            if decision.adjudicates:
                seen_others.add(who)
            elif who not in seen_others:
                said.setdefault(decision.example_id, {})[decision.annotator] = decision
        return cls(tuple(sorted({name for by in said.values() for name in by})), said)

    @property
    def labels(self) -> tuple[str, ...]:
        found = {label for by in self.said.values() for d in by.values() for label in d.labels}
        return tuple(sorted(found - {ADJUDICATED}))

    def verdict_codes(self) -> Table:
        """Examples by annotators: places in `VERDICTS`, `ABSENT` where there is no decision."""
        return self._codes(lambda decision: VERDICTS.index(decision.verdict))

    def label_codes(self, label: str) -> Table:
        """Examples by annotators: 1 where the label was given, 0 where it was not."""
        return self._codes(lambda decision: int(label in decision.labels))

    def _codes(self, code: Callable[[Decision], int]) -> Table:
        columns = {name: at for at, name in enumerate(self.annotators)}
        codes = np.full((len(self.said), len(columns)), ABSENT, np.int64)
        for row, by in enumerate(self.said.values()):
            for name, decision in by.items():
                codes[row, columns[name]] = code(decision)
        return codes


def counts_of(codes: Table, categories: int) -> Table:
    """How many annotators put each example into each category."""
    return np.stack([(codes == category).sum(axis=1) for category in range(categories)], axis=1)
