"""TRL's SFTTrainer over our own token rows: it trains, we say on what, in which order, and what is saved.

Sequences are tuples of row indices: one row each when padded, several when packed. The indices travel with
the batch through shuffling and accumulation to the forward pass, where the recorder picks them up.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import torch
import trl.trainer.utils
from numpy.typing import NDArray
from transformers import PrinterCallback
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from curate import atomic
from schemas.recipe import Train
from train.fitting.compute import Compute
from train.fitting.schedule import Schedule
from train.record.checkpoints import Checkpoints, seal
from train.record.recorder import Recorder
from train.tokens import TokenRow

ROWS = "rows"
_ADAPTER_WEIGHTS = "adapter_model.safetensors"


def sequence_dataset(rows: Sequence[TokenRow], sequences: Sequence[tuple[int, ...]]) -> datasets.Dataset:
    """What TRL's collator takes: input_ids, labels and seq_lengths of each sequence, `ROWS` with its rows."""
    members = [[rows[i] for i in sequence] for sequence in sequences]
    ends = np.cumsum([0, *(sum(map(len, rows)) for rows in members)], dtype=np.int64)
    counts = np.cumsum([0, *map(len, members)], dtype=np.int64)
    flat = [row for group in members for row in group]
    columns = {
        "input_ids": _lists(
            np.concatenate([np.asarray(row.input_ids, dtype=np.int32) for row in flat]), ends
        ),
        "labels": _lists(np.concatenate([np.asarray(row.labels, dtype=np.int32) for row in flat]), ends),
        "seq_lengths": _lists(np.array([len(row) for row in flat], dtype=np.int32), counts),
        ROWS: _lists(np.array([i for sequence in sequences for i in sequence], dtype=np.int64), counts),
    }
    return datasets.Dataset(pa.table(columns))


def _lists(values: NDArray[Any], offsets: NDArray[np.int64]) -> pa.Array:
    return pa.LargeListArray.from_arrays(offsets, values)


class EpochSampler(torch.utils.data.Sampler[int]):
    """A shuffle that is a function of (seed, epoch): a resumed epoch has the order it began with."""

    def __init__(self, length: int, seed: int) -> None:
        self._length = length
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self._seed * 1_000_003 + self._epoch)
        yield from torch.randperm(self._length, generator=generator).tolist()


class SiftTrainer(SFTTrainer):
    """`recorder` sees every training forward; `items` are the trained tokens of the current step."""

    model: Any

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
    ) -> None:
        self._seed = seed
        self._length = len(sequences)
        self._checkpoints = checkpoints
        self._base = base
        self.items: torch.Tensor | int | None = None
        if compute.device == "cpu":
            _score_trained_tokens_only()
        super().__init__(
            model=model,
            args=_arguments(train, seed, schedule, compute, packed, checkpoints.folder),
            train_dataset=sequences,
            processing_class=tokenizer,
        )
        # TRL leaves a quantised model's adapter in bfloat16, whose steps are coarser than late updates are.
        for parameter in self.model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.float()
        # TRL's loss is a sum over the trained tokens of the whole step, whatever the model's forward accepts.
        self.model_accepts_loss_kwargs = True
        self.recorder = Recorder(self.model)
        self.remove_callback(PrinterCallback)  # it prints on stdout, which is for data
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

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """As TRL's, without the history that every checkpoint would repeat: ours is metrics.jsonl."""
        super().log(logs, start_time)
        self.state.log_history.clear()

    def load_weights(self, step: int) -> None:
        """The weights as they were after a step that has a checkpoint."""
        self._load_from_checkpoint(str(self._checkpoints.path(step)))

    def _collate_with_rows(self, features: list[dict[str, Any]]) -> dict[str, Any]:
        rows = [row for feature in features for row in feature[ROWS]]
        return {**self._collate(features), ROWS: rows}

    def _get_train_sampler(self, train_dataset: Any = None) -> EpochSampler:  # noqa: ARG002
        return EpochSampler(self._length, self._seed)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:  # noqa: ARG002
        """A whole checkpoint or none: written aside, hashed, synced and renamed."""
        step = self.state.global_step
        with atomic.folder(self._checkpoints.path(step)) as folder:
            self.model.save_pretrained(str(folder), **self._adapter_only())
            self._save_optimizer_and_scheduler(str(folder))
            self._save_scaler(str(folder))
            self._save_rng_state(str(folder))
            self.state.save_to_json(str(folder / "trainer_state.json"))
            seal(folder, step, float(self.state.epoch), self._base)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """Copies weights into the parameters that stand: `load_adapter` would change their number format."""
        weights = Path(resume_from_checkpoint) / _ADAPTER_WEIGHTS
        if not weights.exists():
            super()._load_from_checkpoint(resume_from_checkpoint, model)
            return
        from peft import set_peft_model_state_dict
        from safetensors.torch import load_file

        loaded: Any = set_peft_model_state_dict
        unexpected = loaded(self.model, load_file(weights)).unexpected_keys
        if unexpected:
            raise AssertionError(f"{weights}: weights of layers that the model lacks: {unexpected}")

    def _adapter_only(self) -> dict[str, Any]:
        """PEFT would ask the hub whether the base model's vocabulary has grown."""
        return {"save_embedding_layers": False} if hasattr(self.model, "peft_config") else {}

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
    arguments = SFTConfig(
        output_dir=str(folder),
        per_device_train_batch_size=schedule.per_device,
        gradient_accumulation_steps=schedule.accumulation,
        num_train_epochs=train.epochs,
        max_steps=schedule.total_steps,
        learning_rate=train.learning_rate,
        lr_scheduler_type=train.scheduler,
        warmup_steps=math.ceil(train.warmup_ratio * schedule.total_steps),
        weight_decay=train.weight_decay,
        max_grad_norm=train.max_grad_norm,
        optim=compute.optimiser,
        bf16=compute.bf16,
        use_cpu=compute.device == "cpu",
        activation_checkpointing=compute.recompute,
        seed=seed,
        packing=False,
        padding_free=packed,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        dataloader_pin_memory=compute.device == "cuda",
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="no",
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    if arguments.n_gpu > 1:
        # Where several GPUs are visible, transformers would copy the model to each; it stands on the first.
        arguments._n_gpu = 1
    return arguments
