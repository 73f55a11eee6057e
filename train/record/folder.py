"""A run's folder while it is written to. What makes it up lies in files of its own, each with its own rule
for surviving a kill: `parts`, `checkpoints`, `metrics`, and `run.json` here."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from curate import atomic
from curate.version import SPLITS
from schemas.run import RunInfo
from train.record.checkpoints import Checkpoints
from train.record.metrics import Metrics
from train.record.parts import Model, Parts
from train.rows import Row
from train.store import ADAPTER, INFO, LOSSES, METRICS, TOKENS

PARTS = "parts"


class RunFolder:
    """`rows` are the examples that every index in the run refers to, all splits; `parts` lie in `PARTS`.
    `measured`: the splits whose losses are taken."""

    def __init__(
        self,
        path: Path,
        info: RunInfo,
        rows: tuple[Row, ...],
        parts: Parts,
        measured: Collection[str] = SPLITS,
    ) -> None:
        self.path = path
        self.info = info
        self.rows = rows
        self.parts = parts
        self._measured = frozenset(measured)
        self.checkpoints = Checkpoints(path / "checkpoints")
        self.metrics = Metrics(path / METRICS)

    @property
    def adapter(self) -> Path:
        return self.path / ADAPTER

    def indices(self, *splits: str) -> list[int]:
        """The rows of these splits, or of all, that are measured."""
        wanted = self._measured.intersection(splits) if splits else self._measured
        return [i for i, row in enumerate(self.rows) if row.split in wanted]

    def update(self, **changes: Any) -> None:
        """Writes `run.json` with these fields changed."""
        self.info = self.info.model_copy(update=changes)
        atomic.write_text(self.path / INFO, self.info.to_json())

    def go_back_to(self, step: int) -> int:
        """Discards all that came after a checkpoint; the tokens that had gone through the model by then."""
        self.parts.discard_after(step)
        self.checkpoints.discard_after(step)
        return self.metrics.truncate(step)

    def write_tables(self, best_step: int) -> None:
        """`losses.parquet`, and `tokens.parquet` of the base model and of the adapter that is kept."""
        last: list[tuple[Model, int]] = [("base", 0), ("adapter", best_step)]
        self.parts.assemble(self.path / LOSSES, self.path / TOKENS, last)
