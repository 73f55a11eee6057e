"""How many steps a run has, what goes through the model in each, and after which steps losses are taken."""

import itertools
import math
from dataclasses import dataclass

from schemas.training import Batch, Train
from train.fitting.compute import Compute


@dataclass(frozen=True, slots=True)
class Schedule:
    """`per_device` sequences go through the model at once, `accumulation` times an optimiser step.

    `evaluations`: steps after which validation loss is taken. `epoch_ends`: steps after which an epoch is
    over, the last step among them though its epoch may be cut short. `kept`: steps whose weights stay when
    the run is over, the ends of epochs and what is between them. `processes` share a step's sequences evenly;
    `blanks` sequences with nothing to train on fill up an epoch's last round.
    """

    per_device: int
    accumulation: int
    steps_per_epoch: int
    total_steps: int
    evaluations: frozenset[int]
    epoch_ends: frozenset[int]
    kept: frozenset[int]
    processes: int = 1
    blanks: int = 0

    def due(self, step: int) -> bool:
        """Whether losses are taken after this step."""
        return step in self.evaluations or step in self.epoch_ends


def plan(
    train: Train,
    *,
    examples: int,
    sequences: int,
    longest: int,
    packed: bool,
    compute: Compute,
    processes: int = 1,
) -> Schedule:
    """The schedule for so many train examples, laid into so many sequences of at most `longest` tokens.

    `batch` counts examples, so with packing an optimiser step takes as many packs as hold about that many.
    Packs that go through together are one long sequence, so without flash attention they go one by one.
    Of several processes each takes its share of a step.
    """
    per_sequence = examples / sequences
    per_step = max(1, round(train.batch.effective / per_sequence))
    share = max(1, round(per_step / processes))
    alone = packed and not compute.flash
    per_device = 1 if alone else _per_device(train.batch, share, per_sequence, longest, compute)
    accumulation = max(1, round(share / per_device))
    rounds = math.ceil(sequences / (per_device * processes))
    steps_per_epoch = math.ceil(rounds / accumulation)
    total = math.ceil(train.epochs * steps_per_epoch)
    ends = {min(epoch * steps_per_epoch, total) for epoch in range(1, math.ceil(train.epochs) + 1)}
    return Schedule(
        per_device=per_device,
        accumulation=accumulation,
        steps_per_epoch=steps_per_epoch,
        total_steps=total,
        evaluations=frozenset(_evaluations(train.evals_per_epoch, steps_per_epoch, total)),
        epoch_ends=frozenset(ends),
        kept=frozenset(_kept(ends, train.checkpoints)),
        processes=processes,
        blanks=rounds * per_device * processes - sequences if processes > 1 else 0,
    )


def _per_device(batch: Batch, per_step: int, per_sequence: float, longest: int, compute: Compute) -> int:
    if batch.per_device != "auto":
        return min(per_step, max(1, round(batch.per_device / per_sequence)))
    return max(n for n in range(1, min(compute.at_once(longest), per_step) + 1) if per_step % n == 0)


def _evaluations(per_epoch: int, steps_per_epoch: int, total: int) -> set[int]:
    """Spread evenly over each epoch, one of them at its end."""
    each = {max(1, round(i * steps_per_epoch / per_epoch)) for i in range(1, per_epoch + 1)}
    steps = {start + step for start in range(0, total, steps_per_epoch) for step in each}
    return {step for step in steps if step < total} | {total}


def _kept(epoch_ends: set[int], at_least: int) -> set[int]:
    """The ends of epochs; where they are fewer than asked for, the middle of the widest gap, again and again,
    of equal gaps the earliest: early in training, gradients tell best which example pushed what."""
    kept = set(epoch_ends)
    while len(kept) < at_least:
        steps = [0, *sorted(kept)]
        wide, start = max((stop - start, -start) for start, stop in itertools.pairwise(steps))
        if wide < 2:
            break
        kept.add(-start + wide // 2)
    return kept
