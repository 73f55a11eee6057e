"""What a filter can be built of: for each field the values that there are, with how many rows have each."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from schemas.errors import UsageError
from tui.model.filters import Filter, Ground
from tui.model.terms import HAS, MARKED, STATE, STATES, Term
from tui.model.verdicts import in_state

MOST = 12  # values of one field that are listed


@dataclass(frozen=True, slots=True)
class Value:
    """`term` lets through the rows that have it; `rows` so many, in the whole version."""

    term: Term
    rows: int


@dataclass(frozen=True, slots=True)
class Facet:
    """The commonest values first; `more` are not listed. A measure has none, and `says` where it lies."""

    field: str
    values: tuple[Value, ...] = ()
    more: int = 0
    says: str = ""

    @property
    def is_number(self) -> bool:
        return not self.values


def facets(ground: Ground) -> list[Facet]:
    """Those that have anything to choose from. Takes a pass over each column: for a thread."""
    found = [Facet(STATE, tuple(_states(ground)))]
    for field, counts in _counted(ground):
        common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        values = tuple(Value(Term(field, value), n) for value, n in common[:MOST])
        if values:
            found.append(Facet(field, values, more=max(0, len(common) - MOST)))
    return [*found, *_numbers(ground)]


def toggled(wanted: Filter, term: Term) -> Filter:
    """With the term; where it has it, turned round; where it has that, without."""
    turned = replace(term, negated=not term.negated)
    if term in wanted.terms:
        return Filter(tuple(turned if t == term else t for t in wanted.terms))
    if turned in wanted.terms:
        return Filter(tuple(t for t in wanted.terms if t != turned))
    return Filter((*wanted.terms, term))


def bounded(wanted: Filter, terms: Iterable[Term], field: str) -> Filter:
    """With these comparisons of a measure instead of all that it had."""
    return Filter((*(t for t in wanted.terms if t.field != field or t.sign == HAS), *terms))


def _states(ground: Ground) -> Iterator[Value]:
    for state in STATES:
        rows = ground.marked if state == MARKED else in_state(ground.codes, state)
        yield Value(Term(STATE, state), int(np.count_nonzero(rows)))


def _counted(ground: Ground) -> Iterator[tuple[str, Counter[str]]]:
    for field in ("source", "split", "tag", "flag", "strategy"):
        yield field, Counter(ground.corpus.values_of(field))
    for field in ("stage", "reason"):
        yield field, Counter(ground.ledger.events_by(field) if ground.ledger is not None else {})
    yield "label", ground.said.counts("label")
    yield "by", ground.said.counts("by")


def _numbers(ground: Ground) -> Iterator[Facet]:
    for name in ground.measures.cheap:
        try:
            measure = ground.measures.of(name)
        except UsageError:
            continue
        values = measure.values[~np.isnan(measure.values)]
        if len(values):
            low, middle, high = np.quantile(values, (0, 0.5, 1))
            said = (f"{number:,.{measure.decimals}f}" for number in (low, middle, high))
            yield Facet(name, says=" · ".join(said) + f" {measure.unit} (lowest, median, highest)")
