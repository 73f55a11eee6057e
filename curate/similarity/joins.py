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

from curate.similarity.additions import Nodes, additions
from curate.similarity.crowding import Buckets, Crowding, Runs
from curate.similarity.features import Part, set_facts, shingles_of
from curate.similarity.hashing import Bools, Floats, Ints, Ints32, Uint64s, nearest
from curate.similarity.index import NearIndex
from curate.similarity.pairs import Pairs, find_pairs, find_pairs_across
from curate.similarity.postings import keep_postings
from curate.similarity.prefixes import table_bits
from curate.similarity.sets import Sets, numbered
from schemas.recipe import Dedup
from schemas.stage import Rows

_VERSION = 5
_PAIRS = ("sets", "marks", "left", "right", "jaccard", "state")
_BOUNDS = ("bits", "buckets", "commonest", "added", "slots", "times")
_MOST_NEW = 4  # one node in so many; where more are new, all are compared with all

Arrays = Mapping[str, npt.NDArray[Any]]


def near_index(
    rows: Rows, part: Part, settings: Dedup, some: Ints, *, words: int = 0, exact: bool = False
) -> NearIndex:
    """The graph of one part of `some` rows in their order, those of fewer `words` as if they had none.
    `exact` misses no pair at all."""
    about = (part, settings.shingle, settings.threshold, settings.permutations, words, exact)
    name = f"near/{_VERSION}/{'/'.join(map(str, about))}"
    facts = set_facts(rows, part, settings.shingle).at_least(words)
    node_of, first = numbered(facts.sets[some])
    firsts = some[first]
    sets, sizes = facts.sets[firsts], facts.sizes[firsts]
    if not rows.whole:
        known, new = _known(rows.kept(name, _PAIRS), sets)
        if known is not None and not (sizes[new] > 0).any():
            return NearIndex(node_of, sizes > 0, known.pairs)
        return NearIndex.of(
            shingles_of(rows, part, settings.shingle).at_least(words), settings, some, exact=exact
        )
    # Shingles are ordered by how common they are, as counted in a table whose size depends on their number.
    # In a larger one none counts more than in a smaller: a search bearable by the latter is so by the former.
    bits = table_bits(int(sizes.sum()))
    kept = rows.kept(name, _PAIRS)
    marks = np.full(len(sets), min(bits, *kept["marks"][:1]) if kept else bits, np.int8)
    known, new = _known(kept, sets, marks)
    new = new[sizes[new] > 0]
    grows = known is not None and len(new) > 0
    pairs = known.pairs if known is not None else None
    if known is not None and grows:
        nodes = known.nodes(firsts, sets, sizes, new)
        pairs = _grown(rows, name, part, settings, nodes, known.pairs, marks, exact=exact)
    if pairs is not None:
        return NearIndex(node_of, sizes > 0, pairs)
    shingles = shingles_of(rows, part, settings.shingle).at_least(words)
    found = Sets.of(shingles, some)
    pairs = find_pairs(found, settings.threshold, settings.permutations, exact=exact)
    index = NearIndex(node_of, sizes > 0, pairs)
    if index.pairs.lasting:
        state = keep_postings(rows, part, settings.shingle, settings.threshold, found, sets, anew=grows)
        arrays = _arrays(index.pairs, sets, np.full(len(sets), bits, np.int8), state)
        rows.keep(name, {**arrays, **index.pairs.bounds, "bits": _one(bits)})
    return index


def pairs_across(
    rows: Rows, settings: Dedup, nodes: Uint64s, sizes: Ints32, first: Ints, kinds: Ints32
) -> Pairs:
    """All pairs of different kinds by the exact join. `nodes` are the hashes of the different shingle sets of
    what is said, by first appearance, `sizes` how many shingles each has, `first` the rows where these are,
    and `kinds` say in which split each is (-1: in several)."""
    name = f"across/{_VERSION}/{settings.shingle}/{settings.threshold}"
    known, new = _known(rows.kept(name), nodes, kinds)
    if known is not None and not len(new):
        return known.pairs
    if known is not None:
        asked = known.nodes(first, nodes, sizes, new[sizes[new] > 0])
        found = additions(rows, "spoken", settings.shingle, asked, settings.threshold)
        if found is not None:
            across = (kinds[found.left] != kinds[found.right]) | (kinds[found.left] < 0)
            pairs = _with(known.pairs, found.left[across], found.right[across], found.jaccard[across])
            rows.keep(name, _arrays(pairs, nodes, kinds, found.state))
            return pairs
    sets = Sets.of(shingles_of(rows, "spoken", settings.shingle))
    pairs = find_pairs_across(sets, kinds, settings.threshold)
    anew = known is not None
    state = keep_postings(rows, "spoken", settings.shingle, settings.threshold, sets, nodes, anew=anew)
    rows.keep(name, _arrays(pairs, nodes, kinds, state))
    return pairs


def _grown(
    rows: Rows,
    name: str,
    part: Part,
    settings: Dedup,
    nodes: Nodes,
    known: Pairs,
    marks: npt.NDArray[Any],
    *,
    exact: bool,
) -> Pairs | None:
    """The known pairs and those of new nodes; None where the search of all might have found others."""
    kept = rows.kept(name, _BOUNDS)
    if kept is None or ("commonest" if exact else "buckets") not in kept:
        return None
    found = additions(rows, part, settings.shingle, nodes, settings.threshold)
    if found is None:
        return None
    crowding: Crowding = (
        Runs.after(kept, found, settings.threshold)
        if exact
        else Buckets.after(kept, found, settings.threshold, settings.permutations)
    )
    if not crowding.bearable:
        return None
    near = crowding.finds(found)
    pairs = _with(known, found.left[near], found.right[near], found.jaccard[near])
    rows.keep(
        name, {**_arrays(pairs, nodes.sets, marks, found.state), **crowding.arrays(), "bits": kept["bits"]}
    )
    return pairs


def _with(pairs: Pairs, left: Ints, right: Ints, jaccard: Floats) -> Pairs:
    return _ordered(
        np.concatenate([pairs.left, left]),
        np.concatenate([pairs.right, right]),
        np.concatenate([pairs.jaccard, jaccard]),
        pairs.in_part,
    )


def _ordered(left: Ints, right: Ints, jaccard: Floats, in_part: Bools) -> Pairs:
    order = np.lexsort((right, left))
    return Pairs(left[order], right[order], jaccard[order], in_part, lasting=True)


def _arrays(pairs: Pairs, sets: Uint64s, marks: npt.NDArray[Any], state: np.uint64) -> Arrays:
    """Nodes by hash, and pairs of their places in this order. A node with another mark is a new one."""
    order = np.argsort(sets)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return {
        "sets": sets[order],
        "marks": marks[order],
        "left": place[pairs.left],
        "right": place[pairs.right],
        "jaccard": pairs.jaccard,
        "state": np.array([state], np.uint64),
    }


@dataclass(frozen=True, slots=True)
class _Known:
    """What is kept of nodes: the pairs of those that are known, numbered as now. `sets`, which ascend, are
    hashes of nodes then, and `numbers` what they are now, or -1."""

    pairs: Pairs
    sets: Uint64s
    numbers: Ints
    state: np.uint64

    def nodes(self, rows: Ints, sets: Uint64s, sizes: Ints32, new: Ints) -> Nodes:
        """All nodes that there are now, and which of them are new."""
        return Nodes(rows, sets, sizes, new, self.sets, self.numbers, self.state)


def _known(
    kept: Arrays | None, sets: Uint64s, marks: npt.NDArray[Any] | None = None
) -> tuple[_Known | None, Ints]:
    """What is known of nodes, with these `marks` where they are given, and the numbers of those that are not
    known; None where so many are new that nothing is won."""
    if kept is None or not len(kept["sets"]):
        return None, np.arange(len(sets))
    known = kept["sets"]
    place = nearest(known, sets)
    same = known[place] == sets
    if marks is not None:
        same &= kept["marks"][place] == marks
    new = np.flatnonzero(~same)
    if len(new) > len(sets) // _MOST_NEW:
        return None, new
    number = np.full(len(known), -1, dtype=np.int64)
    number[place[same]] = np.flatnonzero(same)
    in_part = np.zeros(len(known), dtype=bool)
    pairs = Pairs(kept["left"], kept["right"], kept["jaccard"], in_part, lasting=True)
    return _Known(pairs.among(number, len(sets)), known, number, kept["state"][0]), new


def _one(value: int) -> npt.NDArray[np.int64]:
    return np.array([value], np.int64)
