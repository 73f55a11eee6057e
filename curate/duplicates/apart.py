"""Rows that a reviewer told apart: two examples that are no duplicates of each other, however similar."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Pair = tuple[str, str]  # ids of two examples, the lower one first


class ToldApart:
    """`by` says for each pair which reviewer told it apart."""

    def __init__(self, by: Mapping[Pair, str]) -> None:
        self._by = by

    def by(self, pair: Pair) -> str:
        return self._by[pair]

    def among(self, ids: npt.NDArray[np.bytes_]) -> dict[tuple[int, int], Pair]:
        """The pairs that have both their examples among these, no id of which stands twice, by the places of
        the two, both ways round."""
        if not self._by:
            return {}
        named = sorted({name.encode() for pair in self._by for name in pair})
        at = {ids.item(row).decode(): row for row in np.flatnonzero(np.isin(ids, named)).tolist()}
        here = {pair: (at[pair[0]], at[pair[1]]) for pair in self._by if pair[0] in at and pair[1] in at}
        return {way: pair for pair, (a, b) in here.items() for way in ((a, b), (b, a))}

    def notes(self) -> dict[str, str]:
        """What is said of each example that any pair names."""
        found: dict[str, list[str]] = {}
        for pair in sorted(self._by):
            for example_id in pair:
                found.setdefault(example_id, []).append("\x1f".join((*pair, self._by[pair])))
        return {example_id: "\x1e".join(said) for example_id, said in found.items()}
