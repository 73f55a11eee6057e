"""The near-duplicate graph of a build's rows, taken from an earlier build's as far as texts are known.

Where rows only went, as they do when a reviewer drops one, neither shingles are read nor sets compared. New
texts are looked up among all (`curate.similarity.additions`). Either gives the graph that a search
of all texts would give, or else that search is made. Where only some of a build's rows are asked about, the
pairs kept of all are looked at and left as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.similarity.additions import Additions, additions
from curate.similarity.compared import Compared
from curate.similarity.crowding import crowding, keep_bounds
from curate.similarity.different import Different, looked_up
from curate.similarity.features import Part, SetFacts, set_facts, shingles_of
from curate.similarity.index import NearIndex
from curate.similarity.pairs import find_pairs, find_pairs_across
from curate.similarity.postings import keep_postings
from curate.similarity.prefixes import table_bits
from curate.similarity.sets import Sets, has_any, numbered
from schemas.arrays import Bools, Ints, Ints32
from schemas.recipe import Dedup
from schemas.stage import Rows

_VERSION = 6
_MOST_NEW = 4  # one set in so many; where more are new, all are compared with all

Arrays = Mapping[str, npt.NDArray[Any]]


def near_index(
    rows: Rows, part: Part, settings: Dedup, some: Ints, *, words: int = 0, exact: bool = False
) -> NearIndex:
    """The graph of one part of `some` rows in their order, those of fewer `words` as if they had none.
    `exact` misses no pair at all."""
    search = _Search(rows, part, settings, words, exact)
    facts = search.facts()
    node_of, first = numbered(facts.sets[some])
    firsts = some[first]
    nodes, sizes = facts.sets[firsts], facts.sizes[firsts]
    before = _Before.of(rows, search.name, Different.of(nodes, sizes, firsts))
    compared = search.compared(before)
    if compared is not None:
        return NearIndex(node_of, sizes > 0, compared.pairs(nodes))
    return search.of_all(some, anew=before is not None)


def rows_beside(
    rows: Rows, part: Part, settings: Dedup, new: Ints, *, words: int = 0, exact: bool = False
) -> Bools | None:
    """For each row whether it is near to one of the rows `new` in that graph, or has the same set, which has
    words. None where pairs depend on more than their rows."""
    search = _Search(rows, part, settings, words, exact)
    facts = search.facts()
    everyone = np.arange(len(rows))
    before = _Before.of(rows, search.name, Different.of(facts.sets, facts.sizes, everyone))
    compared = search.compared(before)
    if compared is None:
        index = search.of_all(everyone, anew=before is not None)
        return index.beside(new) if index.pairs.lasting else None
    own = facts.sets[new[facts.sizes[new] > 0]]
    return has_any(facts.sets, compared.beside(own))


def pairs_across(rows: Rows, settings: Dedup, different: Different, kinds: Ints32) -> tuple[Ints, Ints]:
    """All pairs of the `different` sets of what is said that are of different kinds, by the exact join: the
    numbers of either side. `kinds` say in which split each set is (-1: in several)."""
    name = f"across/{_VERSION}/{settings.shingle}/{settings.threshold}"
    before = _Before.of(rows, name, different, kinds)
    compared = _across(rows, settings, before, kinds) if before is not None else None
    if compared is None:
        compared = _all_across(rows, settings, different, kinds, anew=before is not None)
    if before is None or compared is not before.compared:
        rows.keep(name, {**compared.arrays(), "kinds": kinds})
    left, right = different.numbers(compared.left), different.numbers(compared.right)
    here = (left >= 0) & (right >= 0)
    return left[here], right[here]


def _across(rows: Rows, settings: Dedup, before: "_Before", kinds: Ints32) -> Compared | None:
    if before.known.all():
        return before.compared
    found = before.additions(rows, "spoken", settings)
    if found is None:
        return None
    own = kinds[before.different.numbers(found.hashes)]
    across = (own[found.left] != own[found.right]) | (own[found.left] < 0)
    return before.compared.grown(before.different, before.known, found, across)


def _all_across(rows: Rows, settings: Dedup, different: Different, kinds: Ints32, *, anew: bool) -> Compared:
    shingles = shingles_of(rows, "spoken", settings.shingle)
    sets = Sets.of(shingles)
    nodes = sets.of_texts(shingles.sets)
    kind_of = np.append(kinds, np.int32(-1))[different.numbers(nodes)]  # the last is that of no words
    pairs = find_pairs_across(sets, kind_of, settings.threshold)
    state = keep_postings(rows, "spoken", settings.shingle, settings.threshold, sets, nodes, anew=anew)
    return Compared.of(different.hashes, nodes, pairs, state)


@dataclass(frozen=True, slots=True)
class _Before:
    """What an earlier build compared, as it was kept, and which of the `different` sets of now are `known` of
    it: not so few that nothing is won."""

    kept: Arrays
    compared: Compared
    different: Different
    known: Bools

    @classmethod
    def of(cls, rows: Rows, name: str, different: Different, kinds: Ints32 | None = None) -> "_Before | None":
        """A set of another one of the `kinds` than before is a new one."""
        kept = rows.kept(name, mapped=True)
        if not kept or not len(kept["sets"]):
            return None
        place, known = looked_up(kept["sets"], different.hashes)
        if kinds is not None:
            known &= kept["kinds"][place] == kinds
        if np.count_nonzero(~known) > len(different) // _MOST_NEW:
            return None
        return cls(kept, Compared.of_arrays(kept), different, known)

    def additions(self, rows: Rows, part: Part, settings: Dedup) -> Additions | None:
        """The pairs of the sets that are not known."""
        state = self.compared.state
        return additions(rows, part, settings.shingle, self.different, self.known, state, settings.threshold)


@dataclass(frozen=True, slots=True)
class _Search:
    """What of which rows is compared, and how."""

    rows: Rows
    part: Part
    settings: Dedup
    words: int
    exact: bool

    @property
    def name(self) -> str:
        settings = self.settings
        about = (self.part, settings.shingle, settings.threshold, settings.permutations)
        return f"near/{_VERSION}/{'/'.join(map(str, (*about, self.words, self.exact)))}"

    def facts(self) -> SetFacts:
        return set_facts(self.rows, self.part, self.settings.shingle).at_least(self.words)

    def compared(self, before: _Before | None) -> Compared | None:
        """All the sets of now, with what was compared `before`; None where that would not find what a search
        of all finds."""
        if before is None:
            return None
        if self.rows.whole and not self._in_order(before):
            return None
        if before.known.all():
            return before.compared
        return self._grown(before) if self.rows.whole else None

    def _in_order(self, before: _Before) -> bool:
        """Shingles are ordered by how common they are, as counted in a table whose size depends on their
        number. In a larger one none counts more than in a smaller: a search bearable by the latter is so by
        the former."""
        return not self.exact or table_bits(before.different.shingles) >= int(before.kept["bits"][0])

    def _grown(self, before: _Before) -> Compared | None:
        found = before.additions(self.rows, self.part, self.settings)
        if found is None:
            return None
        crowded = crowding(self.rows, self.name, before.kept, found, self.settings, exact=self.exact)
        if crowded is None or not crowded.bearable:
            return None
        compared = before.compared.grown(before.different, before.known, found, crowded.finds(found))
        bounds = crowded.kept(self.rows, self.name)
        self.rows.keep(self.name, {**compared.arrays(), **bounds, "bits": before.kept["bits"]})
        return compared

    def of_all(self, some: Ints, *, anew: bool) -> NearIndex:
        """The graph of some rows, each compared with each, kept for the builds to come where it can be of
        use; `anew`, with postings in an order of their own."""
        rows, part, settings = self.rows, self.part, self.settings
        shingles = shingles_of(rows, part, settings.shingle).at_least(self.words)
        sets = Sets.of(shingles, some)
        pairs = find_pairs(sets, settings.threshold, settings.permutations, exact=self.exact)
        index = NearIndex(sets.node_of, sets.sizes > 0, pairs)
        if rows.whole and pairs.lasting:
            nodes = sets.of_texts(shingles.sets[some])
            different = Different.of(nodes, sets.sizes, np.arange(len(nodes)))
            state = keep_postings(rows, part, settings.shingle, settings.threshold, sets, nodes, anew=anew)
            compared = Compared.of(different.hashes, nodes, pairs, state)
            bounds = keep_bounds(rows, self.name, pairs.bounds)
            bits = np.array([table_bits(different.shingles)])
            rows.keep(self.name, {**compared.arrays(), **bounds, "bits": bits})
        return index
