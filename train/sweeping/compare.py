"""What came out of a sweep: each setting's losses on the same validation examples, and the best of them.

A loss per token of other tokens is another quantity. So settings are compared on the examples that all
runs measured with as many trained tokens: one that `max_length` cut in one run counts in none. Test losses
are shown and never chosen by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from curate.version import DatasetVersion
from schemas.arrays import Floats
from train.paired import Difference, difference
from train.reporting.curves import seconds
from train.store import Run
from train.sweeping.trials import Trial

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial and its run, None where none was begun. `why`: what stopped a run that has no end."""

    trial: Trial
    steps: int
    run: Run | None
    why: str | None = None

    @property
    def state(self) -> str:
        return self.run.state if self.run else "failed" if self.why else "not begun"

    @property
    def finished(self) -> bool:
        return self.run is not None and self.run.finished


@dataclass(frozen=True, slots=True)
class Row:
    """One setting over its seeds. `validation`: mean over seeds on the common examples; `seeds_low`,
    `seeds_high`: of single seeds. `against_best`: how far above the best one, None for itself. `test`: mean
    over seeds, of the run's own test split. `minutes`: of training steps, mean over seeds."""

    name: str
    settings: Mapping[str, Any]
    tried: tuple[Tried, ...]
    complete: bool
    validation: float | None = None
    seeds_low: float | None = None
    seeds_high: float | None = None
    against_best: Difference | None = None
    test: float | None = None
    minutes: float | None = None
    weights: int | None = None
    pareto_minutes: bool = False
    pareto_weights: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """`rows`: best first, then those without a loss. `examples`: that all runs measured alike, of `of`."""

    rows: tuple[Row, ...]
    examples: int
    of: int

    @property
    def best(self) -> Row | None:
        first = self.rows[0] if self.rows else None
        return first if first and first.complete and first.validation is not None else None


@dataclass(frozen=True, slots=True)
class _Losses:
    """Validation nll of runs over the common examples; `nll` by run id."""

    nll: dict[str, Floats]
    tokens: Floats
    groups: list[str]
    of: int


def compare(tried: Sequence[Tried], version: DatasetVersion) -> Comparison:
    """Settings are named a, b, … in the order in which they were asked for. Complete is a setting of which as
    many seeds have ended as of any; only such a one can be the best."""
    by_setting: dict[str, list[Tried]] = {}
    for one in tried:
        by_setting.setdefault(one.trial.key, []).append(one)
    losses = _common([one.run for one in tried if one.run and one.finished], version)
    most = max((sum(one.finished for one in own) for own in by_setting.values()), default=0)
    rows = [_row(_letters(n), own, most, losses) for n, own in enumerate(by_setting.values())]
    rows.sort(key=lambda row: (not row.complete, row.validation is None, row.validation or 0.0))
    return Comparison(tuple(_marked(rows, losses)), len(losses.tokens), losses.of)


def _row(name: str, own: Sequence[Tried], most: int, losses: _Losses) -> Row:
    runs = [one.run for one in own if one.run and one.finished]
    row = Row(name, own[0].trial.settings, tuple(own), complete=0 < len(runs) == most)
    if not runs:
        return row
    total = losses.tokens.sum()
    each = [float(losses.nll[run.id].sum() / total) for run in runs] if total else []
    tests = [run.info.final.test_loss for run in runs if run.info.final.test_loss is not None]
    return Row(
        name=row.name,
        settings=row.settings,
        tried=row.tried,
        complete=row.complete,
        validation=float(np.mean(each)) if each else None,
        seeds_low=min(each, default=None),
        seeds_high=max(each, default=None),
        test=float(np.mean(tests)) if len(tests) == len(runs) else None,
        minutes=float(np.mean([seconds(run.metrics()) for run in runs])) / 60,
        weights=trained_weights(runs[0]),
    )


def _marked(rows: Sequence[Row], losses: _Losses) -> list[Row]:
    """With what can only be said beside the others: the distance to the best, and who is on a front."""
    best = next((row for row in rows if row.complete and row.validation is not None), None)
    shown = [row for row in rows if row.complete and row.validation is not None]
    marked = []
    for row in rows:
        against = None
        if best is not None and row is not best and row.validation is not None:
            gap = _mean(row, losses) - _mean(best, losses)
            against = difference(gap, losses.tokens, losses.groups)
        marked.append(
            replace(
                row,
                against_best=against,
                pareto_minutes=row in shown and not any(_beats(o, row, "minutes") for o in shown),
                pareto_weights=row in shown and not any(_beats(o, row, "weights") for o in shown),
            )
        )
    return marked


def _beats(other: Row, row: Row, cost: str) -> bool:
    """Whether the other one is as good in both and better in one."""
    theirs, ours = (other.validation, getattr(other, cost)), (row.validation, getattr(row, cost))
    return all(a <= b for a, b in zip(theirs, ours, strict=True)) and theirs != ours


def _mean(row: Row, losses: _Losses) -> Floats:
    """An example's nll, mean over the setting's seeds."""
    each = [losses.nll[one.run.id] for one in row.tried if one.run and one.finished]
    mean: Floats = np.mean(each, axis=0)
    return mean


def _common(runs: Sequence[Run], version: DatasetVersion) -> _Losses:
    import pandas as pd

    frames = {run.id: _validation(run) for run in runs}
    if not frames:
        return _Losses({}, np.empty(0), [], 0)
    tokens = pd.DataFrame({name: frame["n_tokens"] for name, frame in frames.items()})
    alike = tokens.notna().all(axis=1) & (tokens.nunique(axis=1) == 1)
    ids = tokens.index[alike]
    read = version.read("data/validation.parquet", columns=["example_id", "group_id"]).to_pandas()
    groups = read.drop_duplicates("example_id").set_index("example_id")["group_id"].reindex(ids)
    return _Losses(
        {name: frame["nll_sum"].reindex(ids).to_numpy(np.float64) for name, frame in frames.items()},
        tokens.loc[ids].iloc[:, 0].to_numpy(np.float64),
        [group if isinstance(group, str) else own for own, group in groups.items()],
        len(tokens),
    )


def _validation(run: Run) -> "pd.DataFrame":
    """nll_sum and n_tokens of the kept adapter, by example."""
    rows = run.losses()
    chosen = (
        (rows["kind"] == "snapshot")
        & (rows["model"] == "adapter")
        & (rows["step"] == run.info.final.best_step)
        & (rows["split"] == "validation")
    )
    return rows[chosen].set_index("example_id")[["nll_sum", "n_tokens"]]


def trained_weights(run: Run) -> int:
    """Numbers in the files of the adapter, or of the model after full fine-tuning."""
    from safetensors import safe_open

    count = 0
    for file in sorted(run.adapter.glob("*.safetensors")):
        with safe_open(file, framework="numpy") as tensors:
            for name in tensors.keys():  # noqa: SIM118  # not a dict
                count += int(np.prod(tensors.get_slice(name).get_shape()))
    return count


def _letters(n: int) -> str:
    """a to z, then aa, ab, …"""
    return (_letters(n // 26 - 1) if n >= 26 else "") + chr(ord("a") + n % 26)
