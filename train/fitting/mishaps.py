"""What befalls a run, told with the examples concerned: memory that ran out, numbers that are not finite.

It is said, stands in `metrics.jsonl` as an event, and what was learned of the memory stands in `run.json`, so
that a resumed run knows it too.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from schemas.errors import GateError, UsageError
from train.fitting.endings import SHORTER
from train.fitting.portions import PortionedTrainer, Shortage
from train.progress import Progress
from train.record.folder import RunFolder
from train.record.recorder import StepLosses

_NAMED = 8
_LONGEST = 3


class Mishaps:
    """Those of one run."""

    def __init__(self, folder: RunFolder, progress: Progress) -> None:
        self._folder = folder
        self._progress = progress

    def short_in_step(self, shortage: Shortage) -> None:
        """Raises UsageError where an example alone is too much, or other processes wait for this one."""
        step = shortage.step + 1
        if shortage.several:
            raise self._too_many(f"step {step}", shortage)
        self._event(step, "out of memory", shortage.rows, portions=shortage.portions)
        if shortage.hopeless:
            raise self._too_long(f"step {step}", shortage.rows[0])
        self._limit(portions=shortage.portions)
        self._progress.say(
            f"step {step}: out of memory with {self._names(shortage.rows, with_length=True)} together "
            f"({shortage.words}); the step begins anew, and from here on each micro-batch goes through in "
            f"{shortage.portions} portions, with the same examples in a step"
        )

    def short_in_snapshot(self, rows: Sequence[int], tokens: int) -> None:
        """`tokens`, padding included, go through together from here on; 0 where a row alone was too much,
        which raises UsageError."""
        self._event(self._folder.info.step, "out of memory in a snapshot", rows, measured_tokens=tokens)
        if not tokens:
            raise self._too_long("snapshot", rows[0])
        self._limit(measured_tokens=tokens)
        self._progress.say(
            f"out of memory while losses of {self._names(rows, with_length=True)} were taken together; "
            f"from here on {tokens:,} tokens at once"
        )

    def require_finite(self, step: int, losses: StepLosses, trainer: PortionedTrainer) -> None:
        """Before the weights move. Raises GateError with the rows whose own loss or gradient is not finite:
        in a pack, one such row spoils the others' losses."""
        loss_is = bool(np.isfinite(losses.nll).all())
        if loss_is and trainer.gradient_is_finite:
            return
        guilty = trainer.not_finite_alone() if trainer.accelerator.num_processes == 1 else ([], [])
        what, rows = ("loss", guilty[0]) if guilty[0] else ("gradient", guilty[1])
        alone = "with"
        if not rows:
            what = "gradient" if loss_is else "loss"
            alone, rows = "with none alone of", losses.rows.tolist()
        self._event(step, f"{what} is not finite", rows)
        raise GateError(
            f"step {step}: {what} is not finite, {alone} {self._names(rows)}",
            f"lower train.learning_rate, or look at them with `curate show ID`; step {step - 1} is saved",
        )

    def _event(self, step: int, event: str, rows: Sequence[int], **more: Any) -> None:
        found = [self._folder.rows[row] for row in rows]
        self._folder.metrics.append(
            {
                "step": step,
                "event": event,
                "examples": [row.example_id for row in found],
                "lengths": [len(row) for row in found],
                **more,
            }
        )

    def _limit(self, **learned: int) -> None:
        self._folder.update(memory=self._folder.info.memory.model_copy(update=learned))

    def _too_long(self, where: str, row: int) -> UsageError:
        rows = self._folder.rows
        longest = sorted(self._folder.indices(), key=lambda i: (-len(rows[i]), rows[i].example_id))[:_LONGEST]
        return UsageError(
            f"{where}: out of memory with {self._names([row], with_length=True)} alone; the longest are "
            f"{self._names(longest, with_length=True)}",
            SHORTER,
        )

    def _too_many(self, where: str, shortage: Shortage) -> UsageError:
        return UsageError(
            f"{where}: out of memory with {self._names(shortage.rows, with_length=True)} together "
            f"({shortage.words})",
            f"start again with a smaller train.batch.per_device; {SHORTER}",
        )

    def _names(self, rows: Sequence[int], *, with_length: bool = False) -> str:
        found = [self._folder.rows[row] for row in sorted(rows)[:_NAMED]]
        names = (f"{r.example_id} ({len(r):,} tokens)" if with_length else r.example_id for r in found)
        return f"example{'s' if len(rows) > 1 else ''} {', '.join(names)}{' …' if len(rows) > _NAMED else ''}"
