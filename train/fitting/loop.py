"""What happens after every step of training: losses recorded and checked, checkpoint, snapshot, stop or on.

A step's training state is saved before its snapshot is taken. A kill during a snapshot therefore costs the
snapshot alone, and the resumed run takes it first.
"""

import math
import resource
import sys
import time
from typing import Any

import numpy as np
import torch
from transformers import TrainerCallback
from typing_extensions import override

from schemas.errors import GateError
from train.fitting.interrupt import Interrupt
from train.fitting.mishaps import Mishaps
from train.fitting.recorded import RecordedTrainer
from train.fitting.schedule import Schedule
from train.progress import Progress, Report, Worst
from train.ranks import Ranks
from train.record.folder import RunFolder
from train.record.recorder import StepLosses
from train.record.validation import Validation

_CHECKPOINT_EVERY_S = 60.0
_CHECKPOINT_SHARE = 0.05  # of the time, at most, goes into checkpoints between evaluations
_TOLERANCE = 1e-4  # relative; the trainer's loss is a float32 sum, ours a float64 one
_WORST = 3
_SAID_TOKENS = 64  # of an example, on the live screen


class Loop(TrainerCallback):
    """Hooks of one run's training. `tokens` had gone through the model before it (re)started."""

    def __init__(
        self,
        trainer: RecordedTrainer,
        folder: RunFolder,
        schedule: Schedule,
        validation: Validation,
        progress: Progress,
        interrupt: Interrupt,
        mishaps: Mishaps,
        ranks: Ranks,
        tokens: int,
    ) -> None:
        self._trainer = trainer
        self._folder = folder
        self._schedule = schedule
        self._validation = validation
        self._progress = progress
        self._interrupt = interrupt
        self._mishaps = mishaps
        self._ranks = ranks
        self._tokens = tokens
        self.interrupted = False
        self._lengths = np.array([len(row) for row in folder.rows])
        self._trained = np.array([row.n_trained for row in folder.rows])
        self._worst: list[tuple[float, int]] = []
        self._worst_epoch = 0
        self._evaluated = _points(validation)
        self._said: dict[int, str] = {}  # by row
        self._began = self._saved = self._logged = time.monotonic()
        self._save_cost = 0.0
        self._said_stopping = False

    @override
    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._trainer.begin_epoch(state.global_step // self._schedule.steps_per_epoch)

    @override
    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._began = time.monotonic()

    @override
    def on_substep_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._say_stopping()

    @override
    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The last moment at which the weights are those of the step before. Raises GateError."""
        shares = self._ranks.gathered((self._trainer.recorder.take(), self._interrupt.requested))
        self._losses = StepLosses.of([share for share, _ in shares])
        self.interrupted = any(requested for _, requested in shares)
        step = state.global_step + 1
        try:
            self._ranks.told(lambda: self._mishaps.require_finite(step, self._losses, self._trainer))
        except GateError:
            self.rescue()
            raise
        self._trainer.in_step = False

    @override
    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        control.should_log = True

    @override
    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Checks the step's losses before anything of the step is saved. Raises GateError."""
        logs: dict[str, float] = kwargs["logs"]
        if "loss" not in logs:
            return
        control.should_save = self._ranks.told(lambda: self._take(state, logs))
        self._logged = time.monotonic()

    def _take(self, state: Any, logs: dict[str, float]) -> bool:
        """Keeps the step's losses, checked; whether its training state is to be saved."""
        losses, step = self._losses, state.global_step
        self._check(step, losses, logs)
        self._folder.parts.see(step, state.epoch, losses)
        taken_s = time.monotonic() - self._began
        tokens = int(self._lengths[losses.rows].sum())
        self._tokens += tokens
        line = {
            "step": step,
            "epoch": state.epoch,
            "loss": logs["loss"],
            "learning_rate": logs["learning_rate"],
            "grad_norm": logs["grad_norm"],
            **self._trainer.scores(losses),
            "tokens": self._tokens,
            "tokens_per_s": round(tokens / taken_s, 1),
        }
        if torch.cuda.is_available():
            line["gpu_memory_gib"] = round(torch.cuda.max_memory_allocated() / 2**30, 3)
        self._folder.metrics.append(line)
        self._report(line, losses)
        due = self._schedule.due(step) or step in self._schedule.kept
        save = due or self.interrupted or self._checkpoint_is_old()
        if save:
            # What was seen up to a checkpoint stands before the checkpoint does.
            self._folder.parts.flush()
        return save

    @override
    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The checkpoint of the step stands by now."""
        self._saved = time.monotonic()
        self._save_cost = self._saved - self._logged
        step = state.global_step
        self._ranks.told(lambda: self._folder.update(step=step))
        if self.interrupted:
            control.should_training_stop = True
            return
        self._validation.after(step, state.epoch)
        stop = self._ranks.told(lambda: self._prune(step))
        control.should_training_stop = control.should_training_stop or stop

    def _prune(self, step: int) -> bool:
        """Drops the checkpoints that nothing needs any more; whether training is to stop."""
        self._evaluated = _points(self._validation)
        self._folder.checkpoints.prune({*self._schedule.kept, self._validation.best_step(step)})
        self._folder.update(checkpoints=self._folder.checkpoints.steps())
        return self._validation.stop

    def rescue(self) -> None:
        """Saves the state after the last step where an error came up before the next one moved a weight. All
        processes must call it."""
        step = self._trainer.state.global_step
        stands = self._ranks.told(lambda: self._folder.checkpoints.path(step).exists())
        if not self._trainer.in_step or not step or stands:
            return
        self._trainer.rewind()
        self._ranks.told(self._folder.parts.flush)
        self._trainer.save_checkpoint()
        self._ranks.told(lambda: self._folder.update(step=step, checkpoints=self._folder.checkpoints.steps()))
        self._progress.say(f"the state after step {step} is saved")

    def _say_stopping(self) -> None:
        if self._interrupt.requested and not self._said_stopping:
            self._said_stopping = True
            self._progress.say("stopping when this step is done and saved; Ctrl-C again stops at once")

    def _checkpoint_is_old(self) -> bool:
        age = time.monotonic() - self._saved
        return age >= max(_CHECKPOINT_EVERY_S, self._save_cost / _CHECKPOINT_SHARE)

    def _check(self, step: int, losses: StepLosses, logs: dict[str, float]) -> None:
        """Complete, and adding up to the loss that was trained on."""
        items = int(self._trainer.items or 0)
        recorded = self._trainer.trained_loss(losses)
        if losses.counted != items or not math.isclose(
            recorded, logs["loss"], rel_tol=_TOLERANCE, abs_tol=1e-6
        ):
            raise GateError(
                f"step {step}: the examples' losses add up to {recorded:.6f} over {losses.counted} tokens, "
                f"the trainer's loss is {logs['loss']:.6f} over {items}",
                "nothing of this step was saved: something changes the model's output; please report it",
            )

    def _report(self, line: dict[str, Any], losses: StepLosses) -> None:
        if (epoch := math.ceil(line["epoch"])) != self._worst_epoch:
            self._worst, self._worst_epoch = [], epoch
        each = losses.nll / self._trained[losses.rows]
        for i in np.argsort(each)[-_WORST:].tolist():
            self._worst.append((float(each[i]), int(losses.rows[i])))
        self._worst = sorted(self._worst, reverse=True)[:_WORST]
        self._progress.step(
            Report(
                run=self._folder.info.run,
                step=line["step"],
                total=self._schedule.total_steps,
                epoch=line["epoch"],
                loss=line["loss"],
                learning_rate=line["learning_rate"],
                grad_norm=line["grad_norm"],
                tokens_per_s=line["tokens_per_s"],
                memory_gib=line.get("gpu_memory_gib", _host_memory_gib()),
                validation=self._evaluated,
                worst=[
                    Worst(self._folder.rows[row].example_id, loss, self._words(row))
                    for loss, row in self._worst
                ],
            )
        )

    def _words(self, row: int) -> str:
        """How the text begins that a row is trained on."""
        if row not in self._said:
            ids = self._folder.rows[row].targets[:_SAID_TOKENS]
            self._said[row] = self._trainer.words(ids)
        return self._said[row]


def _points(validation: Validation) -> list[tuple[int, float]]:
    return [(evaluation.step, evaluation.loss) for evaluation in validation.evaluations]


def _host_memory_gib() -> float:
    """The most that this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**30 if sys.platform == "darwin" else peak / 2**20
