"""The rows of a build between its stages: keys and ids in memory, texts on disk until they are asked for."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, chain, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.flow import flat
from curate.flow.cache import StageCache
from curate.flow.features import FeatureStore
from curate.flow.features import Rows as PartRows
from curate.flow.gathering import gathered
from curate.flow.keys import Ids, Keys, digest, no_ids, no_keys, part_name, row_keys
from curate.flow.memo import KeptMemo
from schemas.arrays import Ints
from schemas.example import Example
from schemas.row_table import rows_of, rows_table
from schemas.stage import Column, Delta, Feature

_SPLIT = "S10"
Provider = Callable[[Ints], pa.Table]  # the content of some rows of a part, by their places in it


@dataclass(slots=True)
class _Stretch:
    """A part's rows: which provider has the content of each, and where in it."""

    first: int
    id: str
    providers: list[Provider]
    provider: npt.NDArray[np.int32]
    index: npt.NDArray[np.int32]


class Table:
    """`ids`, `keys` and `alive` have one entry a row that was read; positions count all of these. `grouped`:
    it was said which rows belong together, and duplicates went."""

    def __init__(self, cache: StageCache) -> None:
        self.cache = cache
        self.features = FeatureStore(cache)
        self.ids = no_ids()
        self.keys = no_keys()
        self.alive = np.zeros(0, dtype=bool)
        self.grouped = False
        self.groups: Ids = no_ids()
        self.clusters: Ids = no_ids()
        self.flags: dict[int, tuple[str, ...]] = {}
        self.splits: npt.NDArray[np.bytes_] = np.array([], _SPLIT)
        self.stretches: list[_Stretch] = []

    def __len__(self) -> int:
        """Rows that are still there."""
        return int(self.alive.sum())

    def extend(self, parts: Sequence[tuple[Ids, Keys, Provider]]) -> None:
        """More rows, a provider of the contents for each part."""
        first = len(self.ids)
        for start, (ids, keys, provider) in zip(
            accumulate((len(p[0]) for p in parts), initial=first), parts, strict=False
        ):
            at = np.arange(len(ids), dtype=np.int32)
            self.stretches.append(_Stretch(start, part_name(keys), [provider], np.zeros_like(at), at))
        self.ids = np.concatenate([self.ids, *(p[0] for p in parts)])
        self.keys = np.concatenate([self.keys, *(p[1] for p in parts)])
        more = len(self.ids) - first
        self.alive = np.concatenate([self.alive, np.ones(more, dtype=bool)])
        self.groups, self.clusters, self.splits = (
            _longer(column, more) for column in (self.groups, self.clusters, self.splits)
        )

    def facts(self) -> list[bytes]:
        """All that a table stage may know of the rows that are still there."""
        flags = [f"{at} {' '.join(self.flags[at])}" for at in sorted(self.flags) if self.alive[at]]
        here = [self.keys[self.alive], self.groups[self.alive], self.clusters[self.alive]]
        return [*(column.tobytes() for column in here), "\n".join(flags).encode()]

    def positions(self, part: int) -> Ints:
        """The rows of a part that are still there."""
        stretch = self.stretches[part]
        here = self.alive[stretch.first : stretch.first + len(stretch.index)]
        return stretch.first + np.flatnonzero(here)

    def as_read(self, part: int, positions: Ints) -> Ints:
        """Those rows of one part that have the content with which the part came."""
        stretch = self.stretches[part]
        same = stretch.provider[positions - stretch.first] == 0
        return positions[np.flatnonzero(same)]

    def in_parts(self, positions: Ints) -> list[Ints]:
        """Ascending positions, part by part."""
        ends = [stretch.first + len(stretch.index) for stretch in self.stretches]
        return np.split(positions, np.searchsorted(positions, ends))[: len(ends)]

    def contents(self, part: int, positions: Ints) -> pa.Table:
        """Rows of one part as they are now; the schema is ROWS."""
        return self.provider(part, positions)(np.arange(len(positions)))

    def provider(self, part: int, positions: Ints) -> Provider:
        """Rows of one part as they are now, by their places in `positions`, whatever becomes of them."""
        stretch = self.stretches[part]
        local = positions - stretch.first
        provider, index = stretch.provider[local], stretch.index[local].astype(np.int64)
        providers = list(stretch.providers)

        def contents(places: Ints) -> pa.Table:
            def some(number: int, mine: Ints) -> pa.Table:
                return providers[number](index[places[mine]])

            return gathered(provider[places], some)

        return contents

    def point(self, part: int, positions: Ints, provider: Provider, index: Ints, keys: Keys) -> None:
        """These rows have new content and new keys from now on."""
        stretch = self.stretches[part]
        local = positions - stretch.first
        stretch.provider[local] = len(stretch.providers)
        stretch.index[local] = index
        stretch.providers.append(provider)
        self.keys[positions] = keys

    def drop(self, positions: Ints) -> None:
        self.alive[positions] = False

    def part_of(self, position: int) -> int:
        return int(np.searchsorted(self._firsts(), position, side="right")) - 1

    def take(self, positions: Ints) -> list[Example]:
        """These rows as they stand, with group, cluster, flags and split."""
        return self.placed(rows_of(self.contents_at(positions)), positions)

    def contents_at(self, positions: Ints) -> pa.Table:
        """Rows of any parts as they are now, in this order."""
        parts = np.searchsorted(self._firsts(), positions, side="right") - 1
        return gathered(parts, lambda part, mine: self.contents(part, positions[mine]))

    def placed(self, rows: Sequence[Example], positions: Ints) -> list[Example]:
        """Rows with what is known of them by their positions."""
        return [self._placed(row, at) for row, at in zip(rows, positions.tolist(), strict=True)]

    def _firsts(self) -> Ints:
        return np.array([stretch.first for stretch in self.stretches])

    def batches(self) -> Iterator[list[Example]]:
        """The rows that are still there, part by part, with group, cluster, flags and split."""
        for part in range(len(self.stretches)):
            yield self.take(self.positions(part))

    def flags_of(self, own: Sequence[str], position: int) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.flags.get(position, ()), *own)))

    def _placed(self, row: Example, position: int) -> Example:
        return replace(
            row,
            group_id=self.groups[position].decode() or None,
            cluster_id=self.clusters[position].decode() or None,
            split=self.splits[position].decode() or None,
            flags=self.flags_of(row.flags, position),
        )

    def apply(self, delta: Delta, at: Ints) -> None:
        """A table stage's answer; `at` are the positions of the rows that it saw."""
        for row, example in delta.replaced.items():
            self._replace(int(at[row]), example)
        for row, flags in delta.flags.items():
            position = int(at[row])
            self.flags[position] = (*self.flags.get(position, ()), *flags)
        if delta.group_of is not None:
            self.grouped = True
            self.groups[at] = self.ids[at[delta.group_of]]
        if delta.group_id is not None:
            self.groups[at] = delta.group_id
        if delta.cluster_of is not None:
            led = np.flatnonzero(delta.cluster_of >= 0)
            self.clusters[at[led]] = self.ids[at[delta.cluster_of[led]]]
        if delta.split is not None:
            self.splits[at] = delta.split
        self.drop(at[np.asarray(delta.dropped, dtype=np.int64)])

    def _replace(self, position: int, example: Example) -> None:
        table = rows_table([example])
        at = np.array([position])
        self.point(self.part_of(position), at, in_memory(table), np.zeros(1, np.int64), row_keys([example]))


def _longer(column: npt.NDArray[np.bytes_], more: int) -> npt.NDArray[np.bytes_]:
    """With so many empty entries behind, for which no memory is taken before something is written to them."""
    found = np.zeros(len(column) + more, column.dtype)
    found[: len(column)] = column
    return found


def in_memory(table: pa.Table) -> Provider:
    return lambda index: table.take(pa.array(index))


def _kept_key(name: str) -> str:
    return digest([b"kept", name.encode()])


class View:
    """The rows of a Table that are still there, or those `at` some positions, as a table stage sees them:
    `schemas.stage.Rows`."""

    def __init__(self, table: Table, at: Ints | None = None) -> None:
        self._table = table
        self._name = "grouped" if table.grouped else "imported"
        self.whole = at is None
        self.at: Ints = np.flatnonzero(table.alive) if at is None else at
        self._memos: dict[str, KeptMemo] = {}
        self._flat: flat.Flat | None = None

    def __len__(self) -> int:
        return len(self.at)

    def __getitem__(self, row: int) -> Example:
        return self.take([row])[0]

    def take(self, rows: Sequence[int] | Ints) -> list[Example]:
        return self._table.take(self.at[np.asarray(rows, dtype=np.int64)])

    def column(self, name: Column) -> npt.NDArray[np.bytes_]:
        if name == "split":
            return self._table.splits[self.at]
        return (self._table.ids if name == "example_id" else self._table.groups)[self.at]

    def keys(self) -> Keys:
        return self._table.keys[self.at]

    def parts(self) -> list[slice]:
        """The rows of each part that has some."""
        ends = accumulate(len(at) for at in self._table.in_parts(self.at))
        return [slice(start, end) for start, end in pairwise(chain([0], ends)) if end > start]

    def features(
        self,
        feature: Feature,
        only: Collection[str] | None = None,
        of: Ints | None = None,
        unchecked: Collection[str] = (),
    ) -> Iterator[Mapping[str, npt.NDArray[Any]]]:
        if of is None and only and self.whole and len(self) >= flat.LEAST_ROWS:
            if self._flat is None:
                self._flat = flat.Flat(self._table.cache, self.keys(), self._name)
            yield self._flat.of(feature, only, lambda some: self._in_parts(feature, only, some))
        else:
            yield from self._in_parts(feature, only, of, unchecked)

    def _in_parts(
        self,
        feature: Feature,
        only: Collection[str] | None,
        of: Ints | None,
        unchecked: Collection[str] = (),
    ) -> Iterator[Mapping[str, npt.NDArray[Any]]]:
        table = self._table
        wanted = self.at if of is None else self.at[of]
        parts = [
            PartRows(stretch.id, table.keys[at], partial(self._contents, part, at))
            for part, (stretch, at) in enumerate(zip(table.stretches, table.in_parts(wanted), strict=True))
            if len(at)
        ]
        yield from table.features.of(feature, parts, only, unchecked)

    def kept(
        self, name: str, only: Collection[str] | None = None, *, mapped: bool = False
    ) -> Mapping[str, npt.NDArray[Any]] | None:
        return self._table.cache.arrays(_kept_key(name), only, mapped=mapped)

    def keep(self, name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self._table.cache.keep_arrays(_kept_key(name), arrays)

    def memo(self, name: str) -> KeptMemo:
        if name not in self._memos:
            self._memos[name] = KeptMemo(self._table.cache, name)
        return self._memos[name]

    def keep_memos(self) -> None:
        """Keeps what a stage wrote down."""
        for memo in self._memos.values():
            memo.keep(forget=self.whole)

    def _contents(self, part: int, at: Ints, rows: Ints) -> pa.Table:
        return self._table.contents(part, at[rows])
