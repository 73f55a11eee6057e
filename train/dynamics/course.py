"""What a run measured of each example over time, as arrays: a row per example, a column per moment.

A run of a million examples and five epochs has eleven million rows of losses; here they become a few arrays,
without a Python object per row.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.arrays import Floats
from train.store import LOSSES, Run

_WORDS = ("example_id", "split", "kind", "model")
_COLUMNS = (
    *(*_WORDS, "step", "epoch"),
    *("n_tokens", "loss", "max_token_nll", "n_correct", "truncated"),
)


@dataclass(frozen=True, slots=True)
class Moments:
    """The adapter's measurements, NaN where an example was not measured. `epoch` (T,) ascends; the others
    are (n, T): nats per trained token, the share of trained tokens that were the model's first choice, the
    highest loss of a token in nats, and the training step."""

    epoch: Floats
    loss: Floats
    correct: Floats
    max_token_nll: Floats
    step: Floats

    @property
    def known(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.loss)

    def only(self, rows: NDArray[np.bool_]) -> "Moments":
        """The same with nothing measured outside `rows`."""
        keep = rows[:, None]
        blank = (np.where(keep, m, np.nan) for m in (self.loss, self.correct, self.max_token_nll, self.step))
        return Moments(self.epoch, *blank)


@dataclass(frozen=True, slots=True)
class Course:
    """`seen`: a column an epoch, as each example went through in training: with dropout, by a model that
    moved, before it learned from the example in that step. `snapshots`: a column a snapshot, in eval mode.
    `base` (n,): the untuned model's loss."""

    example_ids: pa.Array
    split: NDArray[np.str_]
    n_tokens: NDArray[np.int64]
    truncated: NDArray[np.bool_]
    base: Floats
    seen: Moments
    snapshots: Moments

    def __len__(self) -> int:
        return len(self.example_ids)


def read_course(run: Run) -> Course:
    """The run's losses. Raises RunError where they are missing or damaged."""
    table = run.read(LOSSES, _COLUMNS, dictionary=_WORDS)
    ids = _dictionary(table["example_id"])
    rows = np.asarray(ids.indices, dtype=np.int64)
    n = len(ids.dictionary)
    kind, model = _is(table["kind"], "seen"), _is(table["model"], "base")
    splits = _dictionary(table["split"])
    names = np.asarray(splits.dictionary.to_pylist(), dtype=np.str_)
    columns = {name: table[name].to_numpy() for name in _COLUMNS if name not in _WORDS}
    base = ~kind & model
    return Course(
        example_ids=ids.dictionary,
        split=names[_placed(n, rows, np.asarray(splits.indices), 0)] if n else names,
        n_tokens=_placed(n, rows, columns["n_tokens"].astype(np.int64), 0),
        truncated=_placed(n, rows, columns["truncated"], False),
        base=_placed(n, rows[base], columns["loss"][base], np.nan),
        seen=_seen(n, rows, columns, kind),
        snapshots=_snapshots(n, rows, columns, ~kind & ~model),
    )


def _seen(n: int, rows: NDArray[np.int64], columns: dict[str, Any], chosen: NDArray[np.bool_]) -> Moments:
    """By epoch: that of a step is the one that it is in or ends. An example that comes twice in one epoch,
    as the sampler of several processes may repeat some, counts as it came last."""
    epoch = np.ceil(columns["epoch"][chosen] - 1e-6)
    return _moments(n, rows[chosen], columns, chosen, epoch, np.unique(epoch))


def _snapshots(
    n: int, rows: NDArray[np.int64], columns: dict[str, Any], chosen: NDArray[np.bool_]
) -> Moments:
    """By step."""
    step = columns["step"][chosen]
    steps, first = np.unique(step, return_index=True)
    return _moments(n, rows[chosen], columns, chosen, step, columns["epoch"][chosen][first], steps)


def _moments(
    n: int,
    rows: NDArray[np.int64],
    columns: dict[str, Any],
    chosen: NDArray[np.bool_],
    key: NDArray[Any],
    epoch: Floats,
    keys: NDArray[Any] | None = None,
) -> Moments:
    """`key` says of each chosen row which column it belongs to; `keys` are the columns' keys, ascending."""
    known = epoch if keys is None else keys
    at = np.searchsorted(known, key)
    tokens = columns["n_tokens"][chosen]

    def matrix(values: NDArray[Any]) -> Floats:
        made = np.full((n, len(known)), np.nan)
        made[rows, at] = values
        return made

    return Moments(
        epoch=np.asarray(epoch, dtype=np.float64),
        loss=matrix(columns["loss"][chosen]),
        correct=matrix(columns["n_correct"][chosen] / tokens),
        max_token_nll=matrix(columns["max_token_nll"][chosen]),
        step=matrix(columns["step"][chosen]),
    )


def _placed(n: int, rows: NDArray[np.int64], values: NDArray[Any], empty: Any) -> NDArray[Any]:
    """The last value of each row."""
    placed = np.full(n, empty, dtype=values.dtype)
    placed[rows] = values
    return placed


def _dictionary(column: pa.ChunkedArray) -> Any:
    """The column as one dictionary array, whose dictionary holds no value twice."""
    joined = column.unify_dictionaries().combine_chunks()
    return joined if isinstance(joined, pa.DictionaryArray) else joined.chunk(0)


def _is(column: pa.ChunkedArray, value: str) -> NDArray[np.bool_]:
    found = _dictionary(column)
    chosen: NDArray[np.bool_] = np.asarray(pc.equal(found.dictionary, value))[np.asarray(found.indices)]
    return chosen
