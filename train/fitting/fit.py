"""One run from tokens to tables, begun or gone on with.

tokens → sequences → base model's losses → training with snapshots → best adapter → tables
"""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from curate import atomic
from schemas.errors import Interrupted, RunError, UsageError
from schemas.recipe import Train
from train import lock, trackers
from train.classifying.task import Classification
from train.fitting.announcing import say_course, say_data, say_room
from train.fitting.compute import Compute, choose
from train.fitting.endings import ending
from train.fitting.generation import Generation
from train.fitting.interrupt import Interrupt
from train.fitting.loop import Loop
from train.fitting.mishaps import Mishaps
from train.fitting.model import find_base, fingerprint, load_tokenizer
from train.fitting.remarks import remarks
from train.fitting.schedule import Schedule, plan
from train.fitting.task import Course, Task
from train.job import Job
from train.progress import Progress
from train.ranks import ALONE, Ranks
from train.record import checkpoints
from train.record.checkpoints import Checkpoint
from train.record.folder import PARTS, RunFolder
from train.record.room import room_of
from train.record.validation import Validation
from train.rows import Row
from train.tokens import Prepared


def fit(job: Job, progress: Progress, ranks: Ranks = ALONE) -> None:
    """Trains a run to its end. Raises as `train.session.run` says."""
    interrupt = Interrupt()
    try:
        ready = Fit(job, progress, interrupt, ranks)
    except Exception as error:
        told = ending(error, job.run, job.path, while_loading=True).error
        if told is error:
            raise
        raise told from error
    # Until here nothing is lost by a Ctrl-C that acts at once.
    with interrupt:
        ready.run()


class Fit:
    """The parts of one run, wired. Making it loads the model and opens the run's folder."""

    def __init__(self, job: Job, progress: Progress, interrupt: Interrupt, ranks: Ranks = ALONE) -> None:
        self._ranks = ranks
        self._progress = progress
        self._interrupt = interrupt
        self._task = task_of(job)
        self._task.check()
        base = find_base(job.workspace, job.train)
        if not base.local:
            progress.say(f"train.model: no folder {base.name} beside the recipe: it is taken from the hub")
        self._tokenizer = load_tokenizer(base)
        prepared = self._task.prepare(self._tokenizer)
        _check_rows(job, prepared)
        say_data(prepared, self._task, progress)
        compute = choose(job.train)
        progress.say("; ".join(compute.reasons))
        for line in remarks(job.train):
            progress.say(line)
        model = self._task.load(base, compute)
        compute = replace(compute, attention=model.config._attn_implementation)
        sequences, packed = self._task.sequences(model, compute, progress)
        self._schedule = _schedule(job.train, prepared.rows, sequences, packed, compute, ranks)
        model = self._task.adapt(model)
        self.folder = _open_folder(job, prepared, self._task, ranks)
        self._base_files = base
        self._base = fingerprint(model)
        checkpoints = self.folder.checkpoints
        course = Course(sequences, packed, self._schedule, compute, checkpoints, self._base, ranks)
        self.trainer = self._task.trainer(model, course)
        self._mishaps = Mishaps(self.folder, progress)
        self.trainer.portions = self.folder.info.memory.portions
        self.trainer.told_shortage = self._mishaps.short_in_step
        meter = self._task.meter(self.trainer.model, compute, ranks)
        meter.at_most(self.folder.info.memory.measured_tokens)
        meter.told_shortage = self._mishaps.short_in_snapshot if ranks.first else None
        self._validation = Validation(
            self.folder, meter, job.train, self._schedule, progress, interrupt, ranks
        )
        self._trackers = self._report_to(job) if ranks.first else None
        say_course(job, self.trainer, self._schedule, packed, progress)
        self._room = room_of(self.trainer.model, compute, self._schedule, prepared.rows)
        say_room(self._room, self.folder.path, progress)

    def run(self) -> None:
        """Trains from the newest whole checkpoint to the end. What stops it is in `run.json`, as a reason."""
        try:
            step, tokens = self._start()
            stop = self._ranks.told(lambda: self._validation.stop)
            if step < self._schedule.total_steps and not stop:
                step = self._train(step, tokens)
            self._finish(step)
        except BaseException as error:
            end = ending(error, self.folder.info.run, self.folder.path, room=self._room)
            # On a full disk not even this may find room; a run whose process is gone counts as interrupted.
            with suppress(OSError):
                if self._ranks.first:
                    self.folder.update(state=end.state, reason=end.reason)
            if end.error is error:
                raise
            raise end.error from error
        finally:
            if self._trackers is not None:
                self._trackers.close()

    def _report_to(self, job: Job) -> trackers.Trackers:
        """The trackers that the recipe names, told of all that is added to the metrics."""
        metrics, info = self.folder.metrics, self.folder.info
        opened, reports = trackers.open_all(
            job.train, job.recipe.name, info, self.folder.path, metrics.lines(), self._progress.say
        )
        metrics.told = opened.log
        self.folder.update(reports=reports)
        return opened

    def _start(self) -> tuple[int, int]:
        """Goes back to the newest whole checkpoint, and takes the snapshots that are due by then."""
        checkpoint, tokens = self._ranks.told(self._go_back)
        step = checkpoint.step if checkpoint else 0
        self._validation.base()
        if checkpoint is not None:
            self._progress.say(f"going on from step {step}")
            self.trainer.load_weights(step)
            self._validation.after(step, checkpoint.epoch)
        return step, tokens

    def _go_back(self) -> tuple[Checkpoint | None, int]:
        """The newest whole checkpoint, all that came after it discarded; the tokens trained by then."""
        checkpoint, passed_over = self.folder.checkpoints.latest()
        for line in passed_over:
            self._progress.say(line)
        if checkpoint is not None and checkpoint.base != self._base:
            raise RunError(
                f"run {self.folder.info.run}: the base model is not the one it was begun on",
                "put the old one back, or start a new run with `train run`",
            )
        step = checkpoint.step if checkpoint else 0
        tokens = self.folder.go_back_to(step)
        self.folder.update(step=step, total_steps=self._schedule.total_steps)
        return checkpoint, tokens

    def _train(self, step: int, tokens: int) -> int:
        """Trains from a step on; the last step trained."""
        loop = Loop(
            self.trainer,
            self.folder,
            self._schedule,
            self._validation,
            self._progress,
            self._interrupt,
            self._mishaps,
            self._ranks,
            tokens,
        )
        self.trainer.add_callback(loop)
        path = self.folder.checkpoints.path(step)
        try:
            self.trainer.train(resume_from_checkpoint=str(path) if step else None)
        except UsageError:
            # Of several processes the others know nothing of it.
            if self._ranks.count == 1:
                loop.rescue()
            raise
        if loop.interrupted:
            raise Interrupted(
                f"run {self.folder.info.run} was interrupted after step {self.trainer.state.global_step}",
                f"`train run --resume {self.folder.info.run}` goes on from there",
            )
        return self.trainer.state.global_step

    def _finish(self, last_step: int) -> None:
        """The best adapter, its losses, the tables; then `run.json` says that the run is over."""
        best, epoch = self._ranks.told(lambda: self._best(last_step))
        self.trainer.load_weights(best)
        self._validation.complete(best, epoch)
        self._ranks.told(lambda: self._keep(best, last_step))

    def _best(self, last_step: int) -> tuple[int, float]:
        """The best step and its epoch."""
        best = self._validation.best_step(last_step)
        checkpoint = checkpoints.read(self.folder.checkpoints.path(best))
        if checkpoint is None:
            raise RunError(
                f"{self.folder.checkpoints.path(best)}: the best checkpoint is gone",
                "start a new run with `train run`",
            )
        return best, checkpoint.epoch

    def _keep(self, best: int, last_step: int) -> None:
        folder = self.folder
        shutil.rmtree(folder.adapter, ignore_errors=True)
        with atomic.folder(folder.adapter) as target:
            folder.checkpoints.copy_weights(best, target)
            self._tokenizer.save_pretrained(target)
            lock.write(target, folder.info, self._base_files)
        folder.write_tables(best)
        final = self._validation.final(best)
        folder.update(
            reason=None,
            state="done" if last_step == self._schedule.total_steps else "stopped early",
            final=final,
            step=last_step,
            finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        if self._trackers is not None:
            self._trackers.final(final, last_step)
        folder.parts.remove()
        folder.checkpoints.finish({*self._schedule.kept, best, last_step})
        folder.update(checkpoints=folder.checkpoints.steps())
        if final.base_test_loss is not None and final.test_loss is not None:
            self._progress.say(
                f"test loss {final.base_test_loss:.4f} untuned, {final.test_loss:.4f} tuned (step {best})"
                + (f"; accuracy {final.test_accuracy:.3f}" if final.test_accuracy is not None else "")
            )


def task_of(job: Job) -> Task:
    """What a job trains its model for."""
    return Classification(job) if job.train.task == "classification" else Generation(job)


def _schedule(
    train: Train,
    rows: Sequence[Row],
    sequences: Sequence[tuple[int, ...]],
    packed: bool,
    compute: Compute,
    ranks: Ranks,
) -> Schedule:
    return plan(
        train,
        examples=sum(len(sequence) for sequence in sequences),
        sequences=len(sequences),
        longest=max(sum(len(rows[i]) for i in sequence) for sequence in sequences),
        packed=packed,
        compute=compute,
        processes=ranks.count,
    )


def _open_folder(job: Job, prepared: Prepared[Row], task: Task, ranks: Ranks) -> RunFolder:
    """Takes the run's folder up: from here on it says that this process trains it."""
    info = job.info(prepared.template_sha256)
    if job.resumes is not None and (info.template_sha256, info.tokens) != (
        prepared.template_sha256,
        prepared.counts,
    ):
        raise RunError(
            f"run {job.run}: the tokenizer of {job.train.model} is not the one it was begun with",
            "put the old one back, or start a new run with `train run`",
        )
    folder = RunFolder(job.path, info, prepared.rows, task.parts(job.path / PARTS), job.measured)
    if ranks.first:
        job.write_config()
        folder.update(tokens=prepared.counts, labels=list(task.labels), processes=ranks.count)
    return folder


def _check_rows(job: Job, prepared: Prepared[Row]) -> None:
    if not prepared.of("train"):
        raise UsageError(
            f"version {job.version.version} has no train example that can be trained on",
            "look at its splits with `curate versions`, and at train.max_length",
        )
