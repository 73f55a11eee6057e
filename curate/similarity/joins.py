"""The near-duplicate graph of a build's rows, taken from an earlier build's where no text is new.

Where rows only went, as they do when a reviewer drops one, neither shingles are read nor sets compared.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.similarity.features import Part, set_facts, shingles_of
from curate.similarity.hashing import Ints, Ints32, Uint64s
from curate.similarity.index import NearIndex
from curate.similarity.pairs import Pairs, find_pairs_across, table_bits
from curate.similarity.sets import Sets, numbered
from schemas.recipe import Dedup
from schemas.stage import Rows

_VERSION = 2


def near_index(
    rows: Rows, part: Part, settings: Dedup, some: Ints, *, words: int = 0, exact: bool = False
) -> NearIndex:
    """The graph of one part of `some` rows in their order, those of fewer `words` as if they had none.
    `exact` misses no pair at all."""
    about = (part, settings.shingle, settings.threshold, settings.permutations, words, exact)
    name = f"near/{_VERSION}/{'/'.join(map(str, about))}"
    facts = set_facts(rows, part, settings.shingle).at_least(words)
    sets, sizes = facts.sets[some], facts.sizes[some]
    node_of, first = numbered(sets)
    # Shingles are ordered by how common they are, as counted in a table whose size depends on their number.
    bits = np.full(len(first), table_bits(int(sizes[first].sum())), np.int8)
    pairs = _among(rows.kept(name), sets[first], bits)
    if pairs is not None:
        return NearIndex(node_of, sizes[first] > 0, pairs)
    shingles = shingles_of(rows, part, settings.shingle).at_least(words)
    index = NearIndex.of(shingles, settings, some, exact=exact)
    if index.pairs.lasting:
        rows.keep(name, _arrays(index.pairs, sets[first], bits))
    return index


def pairs_across(rows: Rows, settings: Dedup, nodes: Uint64s, kinds: Ints32) -> Pairs:
    """All pairs of different kinds by the exact join. `nodes` are the hashes of the different shingle sets of
    what is said, by first appearance, and `kinds` say in which split each is (-1: in several)."""
    name = f"across/{_VERSION}/{settings.shingle}/{settings.threshold}"
    pairs = _among(rows.kept(name), nodes, kinds)
    if pairs is None:
        sets = Sets.of(shingles_of(rows, "spoken", settings.shingle))
        pairs = find_pairs_across(sets, kinds, settings.threshold)
        rows.keep(name, _arrays(pairs, nodes, kinds))
    return pairs


def _arrays(pairs: Pairs, sets: Uint64s, marks: npt.NDArray[Any]) -> Mapping[str, npt.NDArray[Any]]:
    """Nodes by hash, and pairs of their places in this order. Each node's mark must be the same again."""
    order = np.argsort(sets)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return {
        "sets": sets[order],
        "marks": marks[order],
        "left": place[pairs.left],
        "right": place[pairs.right],
        "jaccard": pairs.jaccard,
    }


def _among(
    kept: Mapping[str, npt.NDArray[Any]] | None, sets: Uint64s, marks: npt.NDArray[Any]
) -> Pairs | None:
    """The pairs of these nodes, or None where one of them is new or has another mark."""
    if kept is None or not len(kept["sets"]):
        return None
    known = kept["sets"]
    place = np.minimum(np.searchsorted(known, sets), len(known) - 1)
    if not np.array_equal(known[place], sets) or not np.array_equal(kept["marks"][place], marks):
        return None
    number = np.full(len(known), -1, dtype=np.int64)
    number[place] = np.arange(len(sets))
    left, right = number[kept["left"]], number[kept["right"]]
    here = np.flatnonzero((left >= 0) & (right >= 0))
    left, right = np.minimum(left[here], right[here]), np.maximum(left[here], right[here])
    order = np.lexsort((right, left))
    in_part = np.zeros(len(sets), dtype=bool)
    return Pairs(left[order], right[order], kept["jaccard"][here][order], in_part, lasting=True)
