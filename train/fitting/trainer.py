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
from train.record.recorder import Recorder
from train.tokens import TokenRow


def sequence_dataset(
    rows: Sequence[TokenRow], sequences: Sequence[tuple[int, ...]], blanks: int = 0
) -> datasets.Dataset:
    """What TRL's collator takes: input_ids, labels and seq_lengths of each sequence, `ROWS` with its rows.

    Behind the sequences stand as many blank ones: the shortest row's tokens, none trained, no row named.
    """
    members = [[rows[i] for i in sequence] for sequence in sequences]
    blank = replace(min(rows, key=len), trained=())
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
        self.recorder.expect(inputs.pop(ROWS))
        self.items = num_items_in_batch
        return super().compute_loss(  # type: ignore[no-untyped-call]
            model, inputs, return_outputs, num_items_in_batch
        )

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
        return {**self._collate(features), ROWS: rows}

    def _send_telemetry(self) -> None:
        """Nothing about a run leaves the machine."""


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
