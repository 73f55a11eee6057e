"""Clusters of duplicates in one version: the row that stayed, and what went for it or stayed in spite of it.

Pairs are columns of Arrow and numpy; only the cluster that is shown becomes objects.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curate.version import DatasetVersion
from schemas.arrow import event_of
from schemas.statement import NOT_A_DUPLICATE

_COLUMNS = ("kept_id", "dropped_id", "jaccard", "kind", "kept_source", "kept_line")
_PAIR = (*_COLUMNS, "dropped_source", "dropped_line")


@dataclass(frozen=True, slots=True)
class Member:
    """A row that is alike to the one that stayed, with their Jaccard similarity. `exact`: their texts are
    equal. `apart`: who told the two apart, so that this one stayed too."""

    example_id: str
    source: str
    line: int
    jaccard: float
    exact: bool
    apart: str | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """`kept_id` and where it stands in the raw data; members most alike last: those are the sure ones."""

    kept_id: str
    source: str
    line: int
    members: tuple[Member, ...]


class Clusters:
    """Those with the least similar member first, those of equal texts alone last."""

    def __init__(self, dataset: DatasetVersion, *, blind: bool = False) -> None:
        """`blind` leaves out what reviewers told apart. Raises VersionError for a damaged version."""
        pairs = dataset.read("duplicates.parquet", _PAIR)
        pairs = pairs.append_column("apart", pa.nulls(pairs.num_rows, pa.string()))
        self._pairs = pairs if blind else _with_apart(dataset, pairs)
        kept = self._pairs["kept_id"].combine_chunks().dictionary_encode()
        codes = np.asarray(kept.indices, dtype=np.int64)
        jaccard = np.asarray(self._pairs["jaccard"], dtype=np.float64)
        exact = np.asarray(pc.equal(self._pairs["kind"], "exact"))
        doubt = np.where(exact, 2.0, jaccard)
        order = np.lexsort((np.arange(len(codes)), doubt, codes))
        starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
        by_doubt = np.argsort(doubt[order][starts], kind="stable")
        ends = np.append(starts[1:], len(order))
        self._order: NDArray[np.int64] = order
        self._spans = np.stack([starts, ends], axis=1)[by_doubt]
        self.lowest = np.where(exact, 1.0, jaccard)[order][starts][by_doubt]
        self._at_code = np.empty(len(kept.dictionary), dtype=np.int64)
        self._at_code[codes[order][starts][by_doubt]] = np.arange(len(starts))
        self._codes = codes
        self._kept = kept.dictionary
        self._latest: tuple[int, Cluster] | None = None

    def __len__(self) -> int:
        return len(self._spans)

    def size(self, at: int) -> int:
        """Rows in it, the one that stayed with them."""
        start, end = self._spans[at]
        return int(end - start) + 1

    def holding(self, example_ids: Sequence[str]) -> dict[int, list[str]]:
        """In which clusters these examples are."""
        wanted = pa.array(sorted(set(example_ids)), pa.string())
        found: dict[int, list[str]] = {}
        for column, codes in (
            (self._kept, np.arange(len(self._kept))),
            (self._pairs["dropped_id"], self._codes),
        ):
            rows = np.flatnonzero(np.asarray(pc.is_in(column, value_set=wanted)))
            names = column.take(pa.array(rows)).to_pylist()
            for name, at in zip(names, self._at_code[codes[rows]].tolist(), strict=True):
                found.setdefault(at, []).append(name)
        return found

    def kept_id(self, at: int) -> str:
        return str(self._pairs["kept_id"][int(self._order[self._spans[at, 0]])].as_py())

    def __getitem__(self, at: int) -> Cluster:
        if self._latest is None or self._latest[0] != at:
            self._latest = (at, self._cluster(at))
        return self._latest[1]

    def _cluster(self, at: int) -> Cluster:
        start, end = self._spans[at]
        rows = self._pairs.take(pa.array(self._order[start:end])).to_pylist()
        first = rows[0]
        members = tuple(_member(row) for row in rows)
        return Cluster(first["kept_id"], first["kept_source"], first["kept_line"], members)


def _member(row: dict[str, Any]) -> Member:
    return Member(
        row["dropped_id"],
        row["dropped_source"],
        row["dropped_line"],
        row["jaccard"],
        row["kind"] == "exact",
        row["apart"],
    )


def _with_apart(dataset: DatasetVersion, pairs: pa.Table) -> pa.Table:
    """The pairs that a reviewer told apart with the others, so that it can be seen and taken back."""
    from curate.stages.dedup import Dedup

    held = dataset.read(
        "ledger.parquet", filters=[("stage", "=", Dedup.name), ("reason", "=", NOT_A_DUPLICATE)]
    )
    told = [event_of(row) for row in held.to_pylist()]
    if not told:
        return pairs
    places = _places(dataset, [event.example_id for event in told])
    rows = [
        {
            "kept_id": event.matched_id,
            "dropped_id": event.example_id,
            "jaccard": event.score,
            "kind": "near",
            "kept_source": event.detail["matched_source"],
            "kept_line": event.detail["matched_line"],
            "dropped_source": places.get(event.example_id, ("", 0))[0],
            "dropped_line": places.get(event.example_id, ("", 0))[1],
            "apart": event.actor,
        }
        for event in told
    ]
    return pa.concat_tables([pairs, pa.Table.from_pylist(rows, schema=pairs.schema)])


def _places(dataset: DatasetVersion, ids: list[str]) -> dict[str, tuple[str, int]]:
    columns = ("example_id", "source", "line")
    found: dict[str, tuple[str, int]] = {}
    for split, rows in dataset.splits.items():
        if rows:
            table = dataset.read(f"data/{split}.parquet", columns, [("example_id", "in", ids)])
            found.update((row["example_id"], (row["source"], row["line"])) for row in table.to_pylist())
    return found
