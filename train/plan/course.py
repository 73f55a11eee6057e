"""The course of a run: sequences, steps and epochs, computed by what a run computes them with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.recipe import Train
from train.fitting.compute import Compute, Machine, decide
from train.fitting.schedule import Schedule, plan
from train.packing import pack
from train.plan.gpus import Gpu
from train.plan.memory import Batch
from train.rows import Row


@dataclass(frozen=True, slots=True)
class Course:
    """`examples` an optimiser step take in on average, which packing lets differ from what was asked for.
    `padding` is the share of the positions computed that are padding. `virtual` positions stand before each
    sequence and are computed with it."""

    schedule: Schedule
    sequences: int
    longest: int
    examples: float
    packed: bool
    padding: float
    virtual: int = 0

    @property
    def batch(self) -> Batch:
        """The largest micro-batch."""
        return Batch(self.schedule.per_device, self.longest + self.virtual)


def course(train: Train, rows: Sequence[Row], compute: Compute, seed: int) -> Course:
    """How a run over these train rows goes. A run may pad instead of pack where a model's attention mixes
    packed examples, which only its weights tell. Raises ValueError for no rows."""
    lengths = [len(row) for row in rows]
    packed = train.packs
    if packed:
        packs = pack(lengths, compute.pack_length(train.max_length, max(lengths)), seed)
        sizes = [len(one) for one in packs]
    else:
        sizes = lengths
    schedule = plan(
        train,
        examples=len(rows),
        sequences=len(sizes),
        longest=max(sizes),
        packed=packed,
        compute=compute,
    )
    step = schedule.per_device * schedule.accumulation
    return Course(
        schedule=schedule,
        sequences=len(sizes),
        longest=max(sizes),
        examples=step * len(rows) / len(sizes),
        packed=packed,
        virtual=train.prompt.tokens if train.method == "prompt" else 0,
        padding=0.0 if packed else _padding(train, sizes, schedule.per_device, seed),
    )


def compute_on(train: Train, gpu: Gpu, *, flash: bool) -> Compute:
    """What a run would choose on such a GPU, with or without the flash-attn package. Raises UsageError as
    the run would."""
    return decide(train, Machine("cuda", f"planned for {gpu.name}", bf16=gpu.bf16, flash=flash))


def _padding(train: Train, sizes: Sequence[int], per_device: int, seed: int) -> float:
    """In the order of the rows, which a shuffle changes a little; where they are grouped by length, in an
    order that groups them so."""
    ordered = [sizes[i] for i in _grouped(sizes, per_device, seed)] if train.group_by_length else sizes
    groups = [ordered[i : i + per_device] for i in range(0, len(ordered), per_device)]
    positions = sum(len(group) * max(group) for group in groups)
    return 1 - sum(sizes) / positions


def _grouped(sizes: Sequence[int], together: int, seed: int) -> list[int]:
    import torch
    from transformers.trainer_pt_utils import get_length_grouped_indices

    order: Any = get_length_grouped_indices  # not annotated
    indices: list[int] = order(sizes, together, generator=torch.Generator().manual_seed(seed))
    return indices
