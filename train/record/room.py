"""How much room a run takes on the disk, before it begins: an estimate from what is trained and measured."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train.fitting.compute import Compute
from train.fitting.schedule import Schedule
from train.record.checkpoints import RESUMABLE
from train.rows import Row

_WEIGHT = 4  # bytes; what is trained is kept in float32
_ROW = 60  # of an example in a table, and _TOKEN of each of its trained tokens: upper bounds
_TOKEN = 8


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes. `checkpoint`: one that can be resumed from; `in_all`: the most that stands at a time."""

    checkpoint: int
    in_all: int


def room_of(model: Any, compute: Compute, schedule: Schedule, rows: Sequence[Row]) -> Room:
    """Of a run that trains the model so."""
    weights = sum(p.numel() for p in model.parameters() if p.requires_grad)
    whole = weights * (_WEIGHT + _state(compute.optimiser))
    everything = len(rows) * _ROW + sum(row.n_trained for row in rows) * _TOKEN
    snapshots = len(schedule.epoch_ends | schedule.evaluations) + 1
    # The kept ones, the adapter; and one that is written while two stand.
    checkpoints = (len(schedule.kept) + 1) * weights * _WEIGHT + (RESUMABLE + 1) * whole
    return Room(whole, checkpoints + (snapshots + 1) * everything)


def free(folder: Path) -> int:
    """Bytes that are free where a folder stands, or will."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    return shutil.disk_usage(existing).free


def in_bytes(n: float) -> str:
    """A size as people read it: 3.1 GiB, 820 KiB."""
    for unit in ("B", "KiB", "MiB"):
        if n < 1024:
            return f"{n:.0f} {unit}"
        n /= 1024
    return f"{n:.1f} GiB"


def _state(optimiser: str) -> int:
    """Bytes for each weight: two moments, a byte or a float each."""
    if optimiser == "adafactor":
        return 0
    return 2 if "8bit" in optimiser else 8
