"""Sets that were compared with each other in an earlier build, and which of them are near: all by hash, so
that rows may come, go and change places."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.similarity.additions import Additions
from curate.similarity.different import Different, looked_up
from curate.similarity.pairs import Pairs
from curate.similarity.sets import has_any
from schemas.arrays import Bools, Floats, Uint64s

NAMES = ("sets", "left", "right", "jaccard", "state")


@dataclass(frozen=True, slots=True)
class Compared:
    """`sets`, which ascend, are all in the postings at `state`; `left[p]` is near to `right[p]`."""

    sets: Uint64s
    left: Uint64s
    right: Uint64s
    jaccard: Floats
    state: np.uint64

    @classmethod
    def of(cls, sets: Uint64s, nodes: Uint64s, pairs: Pairs, state: np.uint64) -> "Compared":
        """`nodes` are the hashes of the sets that the pairs are of."""
        return cls(sets, nodes[pairs.left], nodes[pairs.right], pairs.jaccard, state)

    @classmethod
    def of_arrays(cls, kept: Mapping[str, npt.NDArray[Any]]) -> "Compared":
        sets, left, right, jaccard, state = (kept[name] for name in NAMES)
        return cls(sets, left, right, jaccard, state[0])

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        state = np.array([self.state], np.uint64)
        return dict(zip(NAMES, (self.sets, self.left, self.right, self.jaccard, state), strict=True))

    def grown(self, different: Different, known: Bools, more: Additions, near: Bools) -> "Compared":
        """Of all `different` sets, of which these were `known`, and what there is `near` of the others."""
        hashes = different.hashes[known]
        here = looked_up(hashes, self.left)[1] & looked_up(hashes, self.right)[1]
        return Compared(
            different.hashes,
            np.concatenate([self.left[here], more.hashes[more.left[near]]]),
            np.concatenate([self.right[here], more.hashes[more.right[near]]]),
            np.concatenate([self.jaccard[here], more.jaccard[near]]),
            more.state,
        )

    def pairs(self, nodes: Uint64s) -> Pairs:
        """Those of the sets with these hashes, by their places."""
        order = np.argsort(nodes)
        (left, here), (right, there) = (looked_up(nodes[order], side) for side in (self.left, self.right))
        both = here & there
        left, right = order[left[both]], order[right[both]]
        left, right = np.minimum(left, right), np.maximum(left, right)
        by = np.lexsort((right, left))
        in_part = np.zeros(len(nodes), dtype=bool)
        return Pairs(left[by], right[by], self.jaccard[both][by], in_part, lasting=True)

    def beside(self, hashes: Uint64s) -> Uint64s:
        """These and what is near to them."""
        left, right = has_any(self.left, hashes), has_any(self.right, hashes)
        return np.concatenate([hashes, self.right[left], self.left[right]])
