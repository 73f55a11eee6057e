"""Every example's loss at one moment of a model: eval mode, no dropout, no gradient.

Rows go through padded, longest first, in batches of about equal size. Nothing here draws a random number,
so that taking a snapshot leaves the training that goes on after it as it would have been without.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic

import numpy as np
import torch
from accelerate.utils.memory import clear_device_cache
from numpy.typing import NDArray

from train.fitting.compute import Compute
from train.fitting.endings import is_out_of_memory
from train.progress import Tick
from train.ranks import ALONE, Ranks
from train.record.recorder import sum_by_example
from train.rows import R_co
from train.tokens import IGNORE, TokenRow


@dataclass(frozen=True, slots=True)
class Measured:
    """Losses by example, rows ascending. `nll`: float64 sums in nats; `token_nll`: each trained token's.
    `beside` (k, n): what else a task measures of each example, none for generation."""

    rows: NDArray[np.int64]
    nll: NDArray[np.float64]
    max_token_nll: NDArray[np.float64]
    n_correct: NDArray[np.int32]
    token_nll: list[NDArray[np.float32]]
    beside: NDArray[np.float64]


Answer = tuple[NDArray[np.float64], list[NDArray[np.float32]]]


@dataclass(slots=True)
class Snapshots(ABC, Generic[R_co]):
    """Takes snapshots of a model. `tick(n)` is called after every n examples; an exception that it raises
    ends the measuring. Several processes share the batches, and each has all the answers.
    `told_shortage(rows, tokens)` is called where memory ran out with these rows together: from here on
    `tokens` at most go through at once, 0 where a row alone was too much, which it must raise for."""

    model: Any
    rows: Sequence[R_co]
    pad_id: int
    compute: Compute
    ranks: Ranks = ALONE
    told_shortage: Callable[[Sequence[int], int], None] | None = None
    n_beside: ClassVar[int] = 0

    def at_most(self, tokens: int | None) -> None:
        """No more tokens at once than that, padding included."""
        if tokens is not None and tokens < self.compute.tokens_at_once:
            self.compute = replace(self.compute, tokens_at_once=tokens)

    def adapter(self, indices: Sequence[int], tick: Tick) -> Measured:
        """The model as it is trained now, on the rows with these indices."""
        return self._measure(indices, tick, nullcontext())

    def base(self, indices: Sequence[int], tick: Tick) -> Measured:
        """The untuned model. For full fine-tuning this must be asked before the first step."""
        off = self.model.disable_adapter() if hasattr(self.model, "disable_adapter") else nullcontext()
        return self._measure(indices, tick, off)

    def _measure(self, indices: Sequence[int], tick: Tick, state: AbstractContextManager[Any]) -> Measured:
        sums: list[NDArray[np.float64]] = []
        tokens: dict[int, NDArray[np.float32]] = {}
        left, done = list(self._batches(indices))[::-1], list[int]()
        was_training = self.model.training
        self.model.eval()
        try:
            with torch.no_grad(), self.compute.autocast(), state:
                while left:
                    share = [left.pop() for _ in range(min(self.ranks.count, len(left)))]
                    # Where a process has no batch left it repeats one: all go through the model together.
                    mine = share[min(self.ranks.index, len(share) - 1)]
                    answers = self.ranks.gathered(self._attempt(mine))[: len(share)]
                    failed = [batch for batch, answer in zip(share, answers, strict=True) if answer is None]
                    if failed:
                        self._shrink(failed[0])
                        again = [i for batch in (*share, *left) for i in batch]
                        left = list(self._batches(again))[::-1]
                        continue
                    for batch, (found, each) in zip(share, filter(None, answers), strict=True):
                        sums.append(found)
                        tokens.update(zip(batch, each, strict=True))
                        done += batch
                    tick(sum(map(len, share)))
        finally:
            self.model.train(was_training)
        rows = np.array(done, dtype=np.int64)
        order = np.argsort(rows)
        joined = np.concatenate(sums, axis=1)[:, order] if sums else np.empty((3 + self.n_beside, 0))
        return Measured(
            rows=rows[order],
            nll=joined[0],
            max_token_nll=joined[1],
            n_correct=joined[2].astype(np.int32),
            token_nll=[tokens[i] for i in rows[order].tolist()],
            beside=joined[3:],
        )

    def _attempt(self, batch: list[int]) -> Answer | None:
        """The forward pass; None where memory ran out."""
        try:
            return self._forward(batch)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return None

    def _shrink(self, batch: list[int]) -> None:
        clear_device_cache(garbage_collection=True)
        longest = max(len(self.rows[i]) for i in batch)
        fits = len(batch) // 2 * longest
        if self.told_shortage is not None:
            self.told_shortage(batch, fits)
        if not fits:
            raise MemoryError(f"an example of {longest} tokens alone is too much")
        self.at_most(fits)

    def _batches(self, indices: Sequence[int]) -> Iterator[list[int]]:
        """Longest first, so that a batch too big for memory fails at once. Splits apart, so that rounding,
        which the shape of a batch decides, does not tell one step's validation loss from another's."""
        for split in sorted({self.rows[i].split for i in indices}):
            alike = (i for i in indices if self.rows[i].split == split)
            ordered = sorted(alike, key=lambda i: (-len(self.rows[i]), i))
            start = 0
            while start < len(ordered):
                size = self.compute.at_once(len(self.rows[ordered[start]]))
                yield ordered[start : start + size]
                start += size

    @abstractmethod
    def _forward(self, batch: list[int]) -> Answer:
        """(3 + k, len(batch)): sums and what stands `beside`, as `Measured` has them; and by row, the nll of
        each trained token."""


class Meter(Snapshots[TokenRow]):
    """Of a model with TRL's fused LM head."""

    def _forward(self, batch: list[int]) -> Answer:
        inputs = padded([self.rows[i] for i in batch], self.pad_id, self.compute.device)
        output = self.model(**inputs, use_cache=False, fused_lm_head=True)
        sums = sum_by_example(output, None, len(batch))
        trained = -output.log_probs[output.label_mask]
        # One transfer: the sums and the tokens' losses behind them.
        joined = torch.cat([sums.reshape(-1), trained.double()]).cpu().numpy()
        flat = joined[3 * len(batch) :].astype(np.float32)
        ends = np.cumsum([self.rows[i].n_trained for i in batch])
        if ends[-1] != flat.size:
            raise AssertionError(f"{flat.size} trained tokens came back of {ends[-1]}")
        return joined[: 3 * len(batch)].reshape(3, -1), np.split(flat, ends[:-1])


def padded(rows: Sequence[TokenRow], pad_id: int, device: str) -> dict[str, torch.Tensor]:
    """input_ids, attention_mask and labels (B, longest), padded on the right."""
    shape = (len(rows), max(len(row) for row in rows))
    ids, mask = np.full(shape, pad_id, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    labels = np.full(shape, IGNORE, dtype=np.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row.input_ids
        mask[i, : len(row)] = 1
        labels[i, : len(row)] = row.labels
    return {
        "input_ids": torch.from_numpy(ids).to(device),
        "attention_mask": torch.from_numpy(mask).to(device),
        "labels": torch.from_numpy(labels).to(device),
    }
