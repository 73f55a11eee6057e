"""`train ifd`: the losses of a run's answers without their prompts, by the untuned model and by the adapter.

Written part by part into `answers/`, each whole or absent, and joined to `answers.parquet` at the end: what a
kill leaves, the next call goes on with. The models are loaded as they were trained on, quantised or not, so
that their losses compare with the run's own.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from curate import atomic
from schemas.arrow import ANSWERS
from schemas.errors import GateError, RunError, UsageError
from train.dynamics.alone import alone
from train.dynamics.answers import FILE
from train.progress import Progress, on_stderr
from train.store import Run
from train.tokens import TokenRow, prepare
from train.using.opened import Opened, open_for_use, peft_quiet

if TYPE_CHECKING:
    from train.record.snapshots import Meter

Model = Literal["base", "adapter"]
_PARTS = "answers"
_PART = 4096  # examples


@dataclass(frozen=True, slots=True)
class Difficulty:
    """Of one split and model: the examples measured, their median IFD, and how many are at 1 or above."""

    split: str
    model: Model
    examples: int
    median: float
    not_helped: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def ifd(
    recipe: Path | str = "recipe.yaml",
    name: str | None = None,
    *,
    base_model: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Measures the run (the latest when not named) unless it is measured already; returns it.

    `base_model` says where the base model lies by now. Raises as `open_for_use` does; GateError where a loss
    is not finite.
    """
    progress = progress or on_stderr()
    try:
        opened = open_for_use(Path(recipe), name, say=progress.say, base_model=base_model, force=force)
        if (opened.run.path / FILE).is_file():
            progress.say(f"run {opened.run.id} is measured already")
            return opened.run
        if opened.settings.task == "classification":
            raise UsageError(
                f"run {opened.run.id} tells classes: it says no answer that could stand without its prompt",
                "use `train losses --sort noise`",
            )
        _measure(opened, progress)
        return opened.run
    finally:
        progress.close()


def difficulties(run: Run) -> list[Difficulty]:
    """By split and model, those of the latter that were measured."""
    from train.dynamics.frame import example_dynamics

    table = example_dynamics(run)
    columns: tuple[tuple[Model, str], ...] = (("base", "ifd_base"), ("adapter", "ifd"))
    return [
        Difficulty(str(split), model, len(found), float(found.median()), int((found >= 1).sum()))
        for split, rows in table.groupby("split", sort=True)
        for model, column in columns
        if len(found := rows[column].dropna())
    ]


def _measure(opened: Opened, progress: Progress) -> None:
    run, version = opened.run, opened.workspace.version(opened.lock.dataset_version)
    step = run.info.final.best_step
    if step is None:
        raise RunError(f"{run.path}: run.json names no kept step", "train again with `train run`")
    prepared = prepare(version.examples(), opened.tokenizer, opened.settings.max_length)
    rows = alone(prepared.rows, opened.template, opened.tokenizer)
    parts = _Parts(run.path / _PARTS, rows)
    for model, at, take in _models(opened, rows, step):
        missing = parts.missing(model)
        if not missing:
            continue
        measure = take()
        what = f"{'untuned model' if model == 'base' else 'adapter'}, answers alone"
        with progress.measuring(what, sum(map(len, missing))) as tick:
            for indices in missing:
                parts.write(model, at, indices, measure(indices, tick))
    parts.join(run.path / FILE)


def _models(
    opened: Opened, rows: Sequence[TokenRow], step: int
) -> Iterator[tuple[Model, int, Callable[[], Any]]]:
    """Each model, its step, and what loads it and gives its way to measure."""
    if opened.base is not None:
        meters: list[Meter] = []

        def meter() -> "Meter":
            if not meters:
                meters.append(_meter(opened, rows, opened.base, adapter=True))
            return meters[0]

        yield "base", 0, lambda: meter().base
        yield "adapter", step, lambda: meter().adapter
        return
    # After full fine-tuning there are two whole models, one at a time in memory.
    from train.fitting.model import Base, find_base

    base = find_base(opened.workspace, opened.settings)
    tuned = Base(str(opened.run.adapter), local=True)
    yield "base", 0, lambda: _meter(opened, rows, base, adapter=False).adapter
    yield "adapter", step, lambda: _meter(opened, rows, tuned, adapter=False).adapter


def _meter(opened: Opened, rows: Sequence[TokenRow], base: Any, *, adapter: bool) -> "Meter":
    from trl.trainer.utils import add_fused_lm_head

    from train.fitting.compute import choose
    from train.fitting.model import load_model
    from train.record.snapshots import Meter

    compute = choose(opened.settings)
    model = load_model(base, opened.settings, compute)
    add_fused_lm_head(model, outputs=("log_probs", "is_top1"))
    if adapter:
        from peft import PeftModel

        with peft_quiet():
            model = PeftModel.from_pretrained(model, opened.run.adapter)
    return Meter(model, rows, opened.tokenizer.pad_token_id, compute)


class _Parts:
    """`answers/<model>-<first row>.parquet` over the rows of a run."""

    def __init__(self, folder: Path, rows: Sequence[TokenRow]) -> None:
        self._folder = folder
        self._rows = rows

    def missing(self, model: Model) -> list[list[int]]:
        """The rows of the parts that do not stand yet."""
        if self._folder.exists():
            atomic.sweep(self._folder)
        starts = range(0, len(self._rows), _PART)
        return [
            list(range(start, min(start + _PART, len(self._rows))))
            for start in starts
            if not self._path(model, start).is_file()
        ]

    def write(self, model: Model, step: int, indices: Sequence[int], measured: Any) -> None:
        rows = [self._rows[i] for i in indices]
        broken = [row.example_id for row, nll in zip(rows, measured.nll, strict=True) if not np.isfinite(nll)]
        if broken:
            raise GateError(
                f"the loss of {len(broken)} answers without their prompts is not finite: {broken[0]} …",
                "look at those examples; where all are named, the model or its number format is at fault",
            )
        tokens = np.array([row.n_trained for row in rows], dtype=np.int32)
        columns = {
            "example_id": [row.example_id for row in rows],
            "split": [row.split for row in rows],
            "model": pa.repeat(model, len(rows)),
            "step": pa.repeat(pa.scalar(step, pa.int64()), len(rows)),
            "n_tokens": tokens,
            "nll_sum": measured.nll,
            "loss": measured.nll / tokens,
        }
        atomic.write_bytes(self._path(model, indices[0]), _parquet(pa.table(columns, schema=ANSWERS)))

    def join(self, target: Path) -> None:
        paths = sorted(self._folder.glob("*.parquet"))
        atomic.write_bytes(target, _parquet(pa.concat_tables(pq.read_table(path) for path in paths)))
        shutil.rmtree(self._folder)

    def _path(self, model: Model, start: int) -> Path:
        return self._folder / f"{model}-{start:09}.parquet"


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data
