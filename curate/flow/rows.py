"""Rows of a build as the table stages see them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.example import Example
from schemas.stage import Column, Delta, Feature, MakingStage, Outcome, TableStage

BATCH_ROWS = 2048


class InMemory:
    """Rows that are all at hand, their features computed when asked for."""

    whole = True

    def __init__(self, rows: Sequence[Example]) -> None:
        self._rows = rows
        self._memos: dict[str, Forgetful] = {}
        self._kept: dict[str, Mapping[str, npt.NDArray[Any]]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: int) -> Example:
        return self._rows[at]

    def take(self, rows: Sequence[int] | npt.NDArray[np.int64]) -> list[Example]:
        return [self._rows[at] for at in rows]

    def column(self, name: Column) -> npt.NDArray[np.bytes_]:
        return np.array([getattr(row, name) or "" for row in self._rows], np.bytes_)

    def features(
        self,
        feature: Feature,
        only: Collection[str] | None = None,
        of: npt.NDArray[np.int64] | None = None,
        unchecked: Collection[str] = (),  # noqa: ARG002
    ) -> Iterator[Mapping[str, npt.NDArray[Any]]]:
        rows = self._rows if of is None else self.take(of)
        for start in range(0, len(rows), BATCH_ROWS):
            arrays = feature(rows[start : start + BATCH_ROWS])
            yield {name: arrays[name] for name in only or arrays}

    def kept(
        self,
        name: str,
        only: Collection[str] | None = None,
        *,
        mapped: bool = False,  # noqa: ARG002
    ) -> Mapping[str, npt.NDArray[Any]] | None:
        found = self._kept.get(name)
        return found and {each: found[each] for each in only or found if each in found}

    def keep(self, name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self._kept[name] = arrays

    def memo(self, name: str) -> "Forgetful":
        return self._memos.setdefault(name, Forgetful())


class Forgetful(dict[bytes, int]):
    """A memo that lasts as long as it is held."""

    def put(self, key: bytes, value: int) -> None:
        self[key] = value


def applied(stage: TableStage, rows: Sequence[Example]) -> Outcome:
    """A table stage over rows that are all at hand, with its answer carried out."""
    delta = stage(InMemory(rows))
    gone = set(delta.dropped)
    kept = [_written(delta, rows, at) for at in range(len(rows)) if at not in gone]
    return Outcome(kept, delta.events, delta.pairs)


def with_made(stage: MakingStage, rows: Sequence[Example]) -> Outcome:
    """A dataset stage over rows that are all at hand: these, and then the new ones."""
    made = stage(InMemory(rows))
    return Outcome([*rows, *chain.from_iterable(made.rows)], made.events)


def _written(delta: Delta, rows: Sequence[Example], at: int) -> Example:
    row = delta.replaced.get(at, rows[at])
    more: dict[str, Any] = {}
    if delta.group_of is not None:
        more["group_id"] = rows[delta.group_of[at]].example_id
    if delta.group_id is not None:
        more["group_id"] = delta.group_id[at].decode()
    if delta.cluster_of is not None and delta.cluster_of[at] >= 0:
        more["cluster_id"] = rows[delta.cluster_of[at]].example_id
    if delta.split is not None:
        more["split"] = delta.split[at].decode()
    return replace(row, **more).flagged(*delta.flags.get(at, ()))
