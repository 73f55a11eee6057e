"""TRL's SFTTrainer over our own token rows: it trains, we say on what, in which order, and what is saved.

Sequences are tuples of row indices: one row each when padded, several when packed. The indices travel with
the batch through shuffling and accumulation to the forward pass, where the recorder picks them up.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import torch
import trl.trainer.utils
from numpy.typing import NDArray
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from schemas.recipe import Train
from train.fitting.arguments import on_one_gpu, shared
from train.fitting.compute import Compute
from train.fitting.recorded import ROWS, RecordedTrainer
from train.fitting.schedule import Schedule
from train.ranks import ALONE, Ranks
from train.record.checkpoints import Checkpoints
from train.record.recorder import Recorder, StepLosses
from train.tokens import IGNORE, TokenRow

WEIGHTS = "weights"
"""Key of a batch's token weights, in the shape of its tokens."""


def sequence_dataset(
    rows: Sequence[TokenRow], sequences: Sequence[tuple[int, ...]], blanks: int = 0
) -> datasets.Dataset:
    """What TRL's collator takes: input_ids, labels and seq_lengths of each sequence; `ROWS` with its rows,
    and `WEIGHTS` of its tokens where not all weigh 1.

    Behind the sequences stand as many blank ones: the shortest row's tokens, none trained, no row named.
    """
    members = [[rows[i] for i in sequence] for sequence in sequences]
    blank = replace(min(rows, key=len), trained=(), weights=())
    members += [[blank]] * blanks
    ends = np.cumsum([0, *(sum(map(len, rows)) for rows in members)], dtype=np.int64)
    counts = np.cumsum([0, *map(len, members)], dtype=np.int64)
    named = np.cumsum([0, *map(len, sequences), *[0] * blanks], dtype=np.int64)
    flat = [row for group in members for row in group]
    columns = {
        "input_ids": _lists(
            np.concatenate([np.asarray(row.input_ids, dtype=np.int32) for row in flat]), ends
        ),
        "labels": _lists(np.concatenate([np.asarray(row.labels, dtype=np.int32) for row in flat]), ends),
        "seq_lengths": _lists(np.array([len(row) for row in flat], dtype=np.int32), counts),
        ROWS: _lists(np.array([i for sequence in sequences for i in sequence], dtype=np.int64), named),
    }
    if any(row.weights for row in flat):
        columns[WEIGHTS] = _lists(
            np.concatenate([np.asarray(row.token_weights, dtype=np.float32) for row in flat]), ends
        )
    return datasets.Dataset(pa.table(columns))


def _lists(values: NDArray[Any], offsets: NDArray[np.int64]) -> pa.Array:
    return pa.LargeListArray.from_arrays(offsets, values)


class SiftTrainer(RecordedTrainer, SFTTrainer):
    """`recorder` sees every training forward; `items` are the trained tokens of the current step."""

    recorder: Recorder

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        sequences: datasets.Dataset,
        *,
        packed: bool,
        train: Train,
        seed: int,
        schedule: Schedule,
        compute: Compute,
        checkpoints: Checkpoints,
        base: str,
        ranks: Ranks = ALONE,
    ) -> None:
        if compute.device == "cpu":
            _score_trained_tokens_only()
        super().__init__(
            model=model,
            args=_arguments(train, seed, schedule, compute, packed, checkpoints.folder),
            sequences=sequences,
            lengths=_lengths(sequences, schedule.blanks) if train.group_by_length and not packed else (),
            processing_class=tokenizer,
            seed=seed,
            checkpoints=checkpoints,
            base=base,
            blanks=schedule.blanks,
            ranks=ranks,
        )
        self.recorder = Recorder(self.model)
        self._sequences = sequences
        self._places: dict[int, tuple[int, int]] | None = None
        self._collate = self.data_collator
        self.data_collator = self._collate_with_rows

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """TRL's loss of one micro-batch, whose rows the recorder is told of first."""
        weights = inputs.pop(WEIGHTS, None)
        self.recorder.expect(inputs.pop(ROWS), weights)
        self.items = num_items_in_batch
        loss = super().compute_loss(  # type: ignore[no-untyped-call]
            model, inputs, return_outputs, num_items_in_batch
        )
        more = self.recorder.reweighed
        if more is None:
            return loss
        items = (
            (inputs["labels"][:, 1:] != IGNORE).sum() if num_items_in_batch is None else num_items_in_batch
        )
        # Ranks' gradients are averaged, while the items are counted over all of them.
        counted = num_items_in_batch is not None and self.args.average_tokens_across_devices
        return loss + more / items * (self.accelerator.num_processes if counted else 1)

    def trained_loss(self, losses: StepLosses) -> float:
        return super().trained_loss(losses) + losses.reweighed / max(int(self.items or 0), 1)

    @property
    def balancing(self) -> float:
        """What a mixture-of-experts model's balancing loss counts for in the loss; 0 elsewhere."""
        return float(self.router_aux_loss_coef) if self.aux_loss_enabled else 0.0

    def batch_of(self, rows: Sequence[int]) -> dict[str, Any]:
        return self._collate_with_rows([self._alone(row) for row in rows])

    def _alone(self, row: int) -> dict[str, Any]:
        """What the dataset has of one row, cut out of its pack."""
        if self._places is None:
            members = self._sequences[ROWS]
            self._places = {r: (i, j) for i, rows in enumerate(members) for j, r in enumerate(rows)}
        sequence, place = self._places[row]
        feature: dict[str, list[int]] = self._sequences[sequence]
        start, stop = np.cumsum([0, *feature["seq_lengths"]])[place : place + 2].tolist()
        length = len(feature["input_ids"])
        return {
            name: values[start:stop] if len(values) == length else values[place : place + 1]
            for name, values in feature.items()
        }

    def _collate_with_rows(self, features: list[dict[str, Any]]) -> dict[str, Any]:
        rows = [row for feature in features for row in feature[ROWS]]
        batch = {**self._collate(features), ROWS: rows}
        if WEIGHTS in features[0]:
            batch[WEIGHTS] = _in_shape([feature[WEIGHTS] for feature in features], batch["input_ids"])
        return batch

    def _send_telemetry(self) -> None:
        """Nothing about a run leaves the machine."""


def _lengths(sequences: datasets.Dataset, blanks: int) -> list[int]:
    """Tokens of each sequence, without the blanks behind them."""
    return [len(ids) for ids in sequences["input_ids"]][: len(sequences) - blanks]


def _in_shape(weights: Sequence[Sequence[float]], ids: torch.Tensor) -> torch.Tensor:
    """Weights of several sequences in the shape of the batch that they were collated into: padded, or end to
    end."""
    if ids.shape[0] == 1:
        return torch.tensor([[w for sequence in weights for w in sequence]])
    width = ids.shape[1]
    return torch.tensor([[*sequence, *[1.0] * (width - len(sequence))] for sequence in weights])


def _score_trained_tokens_only() -> None:
    """Keeps TRL's fused head from scoring prompts and padding, which it throws away afterwards.

    It scores them to keep shapes constant for compilers, wherever there is no Triton. On a CPU nothing is
    compiled, and without them training is a quarter faster and a snapshot half as fast again. TRL 1.16 has no
    option for it; where a later one has another name for this, runs are slower and otherwise the same.
    """
    if hasattr(trl.trainer.utils, "_use_triton"):
        trl.trainer.utils._use_triton = lambda device: device.type in ("cpu", "cuda", "xpu")


def _arguments(
    train: Train, seed: int, schedule: Schedule, compute: Compute, packed: bool, folder: Path
) -> SFTConfig:
    return on_one_gpu(
        SFTConfig(
            **shared(train, seed, schedule, compute, folder),
            activation_checkpointing=compute.recompute,
            packing=False,
            padding_free=packed,
            max_length=None,
            dataset_kwargs={"skip_prepare_dataset": True},
        )
    )
