"""The stage contract: a pure function of rows.

A stage never touches disk, network, clock or randomness by itself; what it needs of those is passed
to its constructor. There are three kinds, told apart by `scope`:

- `row`: rows in, rows and events out, the same however the rows are cut into batches; an engine may run
  them anywhere, and again only for batches whose content changed.
- `table`: sees every row at once, mostly through features (arrays that the engine computes batch by batch
  and keeps by content), and answers with a Delta: what to drop, and what to write beside the rows that stay.
- `dataset`: sees every row as a table stage does, and answers with new ones, batch by batch.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from schemas.example import Example
from schemas.ledger import DuplicatePair, Event

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

Scope = Literal["row", "table", "dataset"]
Column = Literal["example_id", "group_id", "split"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows that go on, in input order with created rows last, and what happened to the others."""

    rows: list[Example]
    events: list[Event]
    pairs: list[DuplicatePair] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Made:
    """New rows, in batches, and all that happened: `created` for each, whether it stays or is dropped."""

    rows: Iterable[Sequence[Example]]
    events: list[Event]


@dataclass(frozen=True, slots=True)
class Ties:
    """Rows in clusters, where what becomes of a row follows from the rows of its cluster alone, in their
    order. `of[row]` is a row of its cluster, the same one for all of them; `events[n]` and `pairs[n]` are the
    rows that event and pair n of the answer are about. Columns of the answer name rows of the same cluster.
    """

    of: "npt.NDArray[np.int64]"
    events: Sequence[int]
    pairs: Sequence[int]


@dataclass(frozen=True, slots=True)
class Delta:
    """What a table stage decided, by position in its rows. A column that is None stays as it is.

    `group_of[row]` and `cluster_of[row]` are positions: the row takes that row's `example_id` as its
    `group_id`, or `cluster_id` (-1: it keeps its own). `group_id` gives the ids themselves. `replaced` are
    rows with new content. One that is not `lasting` is worked out anew by the next build: something that was
    asked did not answer. `ties` are those of a ClusteredStage, where it can tell.
    """

    dropped: Sequence[int]
    events: list[Event]
    pairs: list[DuplicatePair] = field(default_factory=list)
    flags: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    replaced: Mapping[int, Example] = field(default_factory=dict)
    group_of: "npt.NDArray[np.int64] | None" = None
    cluster_of: "npt.NDArray[np.int64] | None" = None
    group_id: "npt.NDArray[np.bytes_] | None" = None
    split: "npt.NDArray[np.bytes_] | None" = None
    lasting: bool = True
    ties: Ties | None = None


SIZES = "_sizes"
MEMO_BYTES = 40


class Feature(Protocol):
    """Arrays that follow from each row alone: one entry a row; or, where NAME_sizes stands beside NAME, as
    many entries as that array says for the row.

    `key` names the feature with its settings and version: a row that is known under it is not read again.
    """

    key: str

    def __call__(self, rows: Sequence[Example]) -> "dict[str, npt.NDArray[Any]]": ...


@runtime_checkable
class ColumnFeature(Feature, Protocol):
    """A feature that can be had of the rows' columns, with no example made: the same arrays, sooner."""

    def of_table(self, rows: "pa.Table") -> "dict[str, npt.NDArray[Any]]":
        """`rows` have the schema `schemas.row_table.ROWS`."""
        ...


class Memo(Protocol):
    """Small answers that follow from texts alone, by a key of MEMO_BYTES, kept from build to build."""

    def get(self, key: bytes) -> int | None: ...

    def put(self, key: bytes, value: int) -> None:
        """`value` is below 256."""
        ...


class Rows(Protocol):
    """Every row of a build, in import order. Asking for one may read its batch from disk; features and
    columns are cheap.

    `whole` is false where these are some clusters alone, of rows that a ClusteredStage has tied: what is kept
    knows more rows than these, and is left as it is.
    """

    @property
    def whole(self) -> bool: ...

    def __len__(self) -> int: ...

    def __getitem__(self, at: int) -> Example: ...

    def take(self, rows: "Sequence[int] | npt.NDArray[np.int64]") -> list[Example]:
        """These rows: cheaper than one by one."""
        ...

    def column(self, name: "Column") -> "npt.NDArray[np.bytes_]":
        """Ids or splits of all rows; an absent one is empty."""
        ...

    def features(
        self,
        feature: Feature,
        only: "Collection[str] | None" = None,
        of: "npt.NDArray[np.int64] | None" = None,
        unchecked: "Collection[str]" = (),
    ) -> "Iterator[Mapping[str, npt.NDArray[Any]]]":
        """The feature of every batch, in order; together the batches are all rows, or those of the rows `of`,
        which ascend. `only` names the arrays that are wanted, where not all are. Arrays of the names
        `unchecked` may be damaged, for whoever asks to find out: a few rows cost no more than they have."""
        ...

    def kept(
        self, name: str, only: "Collection[str] | None" = None, *, mapped: bool = False
    ) -> "Mapping[str, npt.NDArray[Any]] | None":
        """What a build kept under that name for those to come, or `only` these arrays of it; it must not
        change what they make. Arrays that are `mapped` stay on disk where they are not looked at."""
        ...

    def keep(self, name: str, arrays: "Mapping[str, npt.NDArray[Any]]") -> None: ...

    def memo(self, name: str) -> Memo:
        """What was answered under that name before. Whoever asks other questions takes another name."""
        ...


class Stage(Protocol):
    """A row stage. `version` changes with the stage's behaviour: it is part of the dataset
    version's identity."""

    name: str
    version: int
    scope: Scope

    def __call__(self, rows: Sequence[Example]) -> Outcome: ...


@runtime_checkable
class SparingStage(Stage, Protocol):
    """A row stage that leaves most rows as they are, and can tell so of them without Examples."""

    def untouched(self, rows: "pa.Table") -> "npt.NDArray[np.bool_]":
        """Of rows as an Arrow table (`schemas.row_table.ROWS`): those of which it is sure that the stage
        would give the row itself and no event. It may know of fewer than there are."""
        ...


@runtime_checkable
class MeasuringStage(Stage, Protocol):
    """A row stage that can tell so by features of the rows, of one entry a row, which are kept. They are made
    without its thresholds, so that with others no row is read to hold these against them."""

    def measures(self) -> Sequence[Feature]:
        """None: it has to be given every row."""
        ...

    def spared(self, measured: "Mapping[str, npt.NDArray[Any]]") -> "npt.NDArray[np.bool_]":
        """As `SparingStage.untouched`, of the rows whose features these are."""
        ...


class MakingStage(Protocol):
    """A dataset stage; `version` as in Stage. The rows that there are stay as they are."""

    name: str
    version: int
    scope: Literal["dataset"]

    def __call__(self, rows: Rows) -> Made: ...


class TableStage(Protocol):
    """A table stage; `version` as in Stage."""

    name: str
    version: int
    scope: Literal["table"]

    def __call__(self, rows: Rows) -> Delta: ...


class ClusteredStage(TableStage, Protocol):
    """A table stage that works on clusters of rows apart from each other. An engine may take over what an
    earlier build answered for clusters in which no row came, went or changed, and ask it about the others."""

    def tied(self, rows: Rows, new: "npt.NDArray[np.int64]") -> "npt.NDArray[np.int64] | None":
        """All rows that the rows `new` are tied to directly; more rows of their clusters may be among them.
        None where that cannot be told."""
        ...

    def notes(self) -> "Mapping[str, str]":
        """By example id, what the stage is told of examples that is not in their rows, such as what reviewers
        state. It is no part of the stage's settings, and ties no rows: with another note a row is asked about
        again, and its cluster with it."""
        ...
