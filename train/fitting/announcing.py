"""What a run says before its first step: its rows, its course, and whether the disk can hold it."""

from collections import Counter
from pathlib import Path

from train.fitting.recorded import RecordedTrainer
from train.fitting.schedule import Schedule
from train.fitting.task import Task
from train.job import Job
from train.progress import Progress
from train.record.room import Room, free, in_bytes
from train.rows import Row
from train.tokens import Prepared


def say_data(prepared: Prepared[Row], task: Task, progress: Progress) -> None:
    counts = prepared.counts
    splits = ", ".join(f"{len(prepared.of(s)):,} {s}" for s in ("train", "validation", "test"))
    first, *more = task.said()
    progress.say(f"examples: {splits}; {first}")
    for line in more:
        progress.say(line)
    if counts.truncated:
        progress.say(f"{counts.truncated:,} examples are cut at train.max_length {prepared.max_length}")
    for reason, n in Counter(u.reason for u in prepared.untrainable).most_common():
        progress.say(f"{n:,} examples left out: {reason}")
    for note in prepared.notes:
        progress.say(note)
    if not prepared.of("validation"):
        progress.say("no validation split: the last adapter is kept, and nothing stops training early")


def say_course(
    job: Job, trainer: RecordedTrainer, schedule: Schedule, packed: bool, progress: Progress
) -> None:
    trained = sum(p.numel() for p in trainer.model.parameters() if p.requires_grad)
    several = f" in {schedule.processes} processes" if schedule.processes > 1 else ""
    progress.say(
        f"run {job.run}: {job.train.method}, {trained:,} weights trained in {schedule.total_steps} steps, "
        f"{schedule.steps_per_epoch} an epoch, each of {schedule.accumulation} × {schedule.per_device} "
        f"{'packs' if packed else 'examples'}{several}"
    )


def say_room(room: Room, folder: Path, progress: Progress) -> None:
    if (left := free(folder)) < room.in_all:
        progress.say(
            f"this run will take about {in_bytes(room.in_all)} and {in_bytes(left)} are free at {folder}: "
            "make room, or it stops where the disk is full, to be resumed"
        )
