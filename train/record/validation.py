"""Snapshots when they are due, and what they say: the best step so far, and whether training goes on.

What was best is read from the snapshots that stand on disk, so a resumed run knows what a killed one knew.
"""

from typing import Literal

import numpy as np

from schemas.errors import GateError, Interrupted
from schemas.recipe import Train
from schemas.run import FinalLosses
from train.fitting.interrupt import Interrupt
from train.fitting.schedule import Schedule
from train.progress import Progress
from train.ranks import Ranks
from train.record.folder import RunFolder
from train.record.snapshots import Measured, Snapshots
from train.record.stopping import Evaluation, best, out_of_patience
from train.rows import Row

_NAMED = 8


class Validation:
    """The snapshots of one run. `evaluations`, `stop`, `best_step` and `final` read the run's folder, which
    is the first process's to do."""

    def __init__(
        self,
        folder: RunFolder,
        meter: Snapshots[Row],
        train: Train,
        schedule: Schedule,
        progress: Progress,
        interrupt: Interrupt,
        ranks: Ranks,
    ) -> None:
        self._folder = folder
        self._meter = meter
        self._train = train
        self._schedule = schedule
        self._progress = progress
        self._interrupt = interrupt
        self._ranks = ranks
        self._read: dict[int, Evaluation | None] = {}

    @property
    def evaluations(self) -> list[Evaluation]:
        """Those whose snapshots stand, by step; none where there is no validation split."""
        found = [self._evaluation(step) for step in self._folder.parts.snapshots("adapter")]
        return [evaluation for evaluation in found if evaluation is not None]

    @property
    def stop(self) -> bool:
        return out_of_patience(self.evaluations, self._train.early_stopping)

    def best_step(self, last_step: int) -> int:
        """The step with the lowest validation loss; the last one where nothing was validated."""
        found = best(self.evaluations)
        return found.step if found else last_step

    def base(self) -> None:
        """The untuned model's losses, before the first step, unless they stand."""
        if not self._ranks.told(lambda: self._folder.parts.has("base", 0)):
            splits = () if "base" in self._train.snapshots else ("test",)
            self._take("base", 0, 0.0, self._folder.indices(*splits))

    def after(self, step: int, epoch: float) -> None:
        """What is due after a step. A snapshot that stands from before a kill is not taken again."""
        if not self._schedule.due(step):
            return
        if not self._ranks.told(lambda: self._folder.parts.has("adapter", step)):
            everything = step == self._schedule.total_steps or (
                step in self._schedule.epoch_ends and "epoch" in self._train.snapshots
            )
            self._take("adapter", step, epoch, self._folder.indices(*(() if everything else ("validation",))))
        self._ranks.told(lambda: self._note(step, epoch))

    def complete(self, step: int, epoch: float) -> None:
        """The adapter's losses on all that is measured, for a step whose snapshot has some of it or none."""
        indices = self._folder.indices()
        if not self._ranks.told(lambda: self._folder.parts.has("adapter", step, rows=len(indices))):
            self._take("adapter", step, epoch, indices)

    def final(self, best_step: int) -> FinalLosses:
        parts = self._folder.parts
        return FinalLosses(
            base_test_loss=parts.loss("base", 0, "test"),
            test_loss=parts.loss("adapter", best_step, "test"),
            validation_loss=parts.loss("adapter", best_step, "validation"),
            best_step=best_step,
            **_named("base_test", parts.scores("base", 0, "test")),
            **_named("test", parts.scores("adapter", best_step, "test")),
            **_named("validation", parts.scores("adapter", best_step, "validation")),
        )

    def _take(self, model: Literal["base", "adapter"], step: int, epoch: float, indices: list[int]) -> None:
        what = "untuned model" if model == "base" else f"after step {step}"
        with self._progress.measuring(what, len(indices)) as advance:

            def tick(done: int) -> None:
                advance(done)
                if self._ranks.anyone(self._interrupt.requested):
                    raise Interrupted(
                        f"run {self._folder.info.run} was interrupted while losses were taken ({what})",
                        f"`train run --resume {self._folder.info.run}` goes on from there",
                    )

            measured = (self._meter.base if model == "base" else self._meter.adapter)(indices, tick)
        self._ranks.told(lambda: self._keep(model, step, epoch, what, measured))

    def _keep(
        self, model: Literal["base", "adapter"], step: int, epoch: float, what: str, measured: Measured
    ) -> None:
        self._check(what, measured)
        self._folder.parts.snapshot(model, step, epoch, measured)

    def _check(self, what: str, measured: Measured) -> None:
        broken = measured.rows[~np.isfinite(measured.nll)].tolist()
        if broken:
            names = ", ".join(self._folder.rows[i].example_id for i in broken[:_NAMED])
            more = " …" if len(broken) > _NAMED else ""
            raise GateError(
                f"{what}: the loss of {len(broken)} examples is not finite: {names}{more}",
                "look at those examples; where all are named, the model or its number format is at fault",
            )

    def _evaluation(self, step: int) -> Evaluation | None:
        if step not in self._read:
            loss = self._folder.parts.loss("adapter", step, "validation")
            self._read[step] = None if loss is None else Evaluation(step, loss)
        return self._read[step]

    def _note(self, step: int, epoch: float) -> None:
        evaluation, lowest = self._evaluation(step), best(self.evaluations)
        if evaluation is None or lowest is None:
            return
        scores = self._folder.parts.scores("adapter", step, "validation")
        line = {"step": step, "epoch": epoch, "validation_loss": evaluation.loss}
        self._folder.metrics.append(line | _named("validation", scores))
        standing = "" if lowest == evaluation else f" (best {lowest.loss:.4f} at step {lowest.step})"
        said = "".join(f", {name.replace('_', ' ')} {score:.4f}" for name, score in scores.items())
        self._progress.say(f"step {step}: validation loss {evaluation.loss:.4f}{standing}{said}")


def _named(split: str, scores: dict[str, float]) -> dict[str, float]:
    """Scores by the names that they have in metrics and in `run.json`."""
    return {f"{split}_{name}": score for name, score in scores.items()}
