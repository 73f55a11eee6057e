"""What the trainers of all tasks share: order, checkpoints and weights of a run that may be killed.

A trainer of a task says how a loss comes about; in which order examples go through, what a checkpoint holds
and how weights are put back are the same for all, and stand here.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback
from transformers.trainer_pt_utils import get_length_grouped_indices
from typing_extensions import override

from curate import atomic
from train.fitting.model import load_weights, save_weights, whole
from train.fitting.portions import ROWS as ROWS
from train.fitting.portions import PortionedTrainer
from train.ranks import Ranks
from train.record.checkpoints import Checkpoints, seal
from train.record.recorder import StepLosses


class EpochSampler(torch.utils.data.Sampler[int]):
    """A shuffle that is a function of (seed, epoch): a resumed epoch has the order it began with.

    `blanks` more come last, unshuffled. `lengths`, where given, keep sequences of about one length together
    in batches of `together`.
    """

    def __init__(
        self, length: int, blanks: int, seed: int, lengths: Sequence[int] = (), together: int = 1
    ) -> None:
        self._length = length
        self._blanks = blanks
        self._seed = seed
        self._lengths = lengths
        self._together = together
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __len__(self) -> int:
        return self._length + self._blanks

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self._seed * 1_000_003 + self._epoch)
        if self._lengths:
            yield from get_length_grouped_indices(self._lengths, self._together, generator=generator)
        else:
            yield from torch.randperm(self._length, generator=generator).tolist()
        yield from range(self._length, len(self))


class RecordedTrainer(PortionedTrainer):
    """`recorder` holds the losses of the current step's examples, `items` how many trained tokens they have.

    Beside a task's own trainer this stands first among the bases: `super()` is then that trainer.
    """

    items: torch.Tensor | int | None = None

    def __init__(
        self,
        *,
        sequences: Any,
        blanks: int,
        seed: int,
        checkpoints: Checkpoints,
        base: str,
        ranks: Ranks,
        lengths: Sequence[int] = (),
        **arguments: Any,
    ) -> None:
        args = arguments["args"]
        # Those of a step, so that the order is the same for one process and for several.
        together = args.train_batch_size * args.gradient_accumulation_steps * ranks.count
        self._sampler = EpochSampler(len(sequences) - blanks, blanks, seed, lengths, together)
        self._ranks = ranks
        self._checkpoints = checkpoints
        self._base = base
        super().__init__(train_dataset=sequences, **arguments)
        # A quantised model's adapter comes in bfloat16, whose steps are coarser than late updates are.
        for parameter in self.model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.float()
        # The loss is a sum over what is trained in the whole step, whatever the model's forward accepts.
        self.model_accepts_loss_kwargs = True
        self.remove_callback(PrinterCallback)  # it prints on stdout, which is for data

    @property
    def balancing(self) -> float:
        """What a mixture-of-experts model's balancing loss counts for in the loss; 0 elsewhere."""
        return 0.0

    def trained_loss(self, losses: StepLosses) -> float:
        """The loss that a step was trained on, from the losses of its examples."""
        return float(losses.nll.sum() / max(int(self.items or 0), 1) + self.balancing * losses.aux)

    def scores(self, losses: StepLosses) -> dict[str, float]:
        """What a step's line in the metrics says beside its loss."""
        return {"token_accuracy": float(losses.n_correct.sum() / losses.counted)}

    def words(self, targets: Sequence[int]) -> str:
        """What a row is trained on, in words."""
        tokenizer: Any = self.processing_class
        return str(tokenizer.decode(list(targets), skip_special_tokens=True))

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Without the history that every checkpoint would repeat: ours is metrics.jsonl."""
        super().log(logs, start_time)
        self.state.log_history.clear()

    def save_checkpoint(self) -> None:
        """The state after the last step, at a moment of our own."""
        self._save_checkpoint(self.model, None)

    def load_weights(self, step: int) -> None:
        """The weights as they were after a step that has a checkpoint."""
        self._load_from_checkpoint(str(self._checkpoints.path(step)))

    def begin_epoch(self, epoch: int) -> None:
        """Sets the order of an epoch. accelerate does not reach the sampler of a resumed epoch that several
        processes share."""
        self._sampler.set_epoch(epoch)

    @override
    def _get_train_sampler(self, train_dataset: Any = None) -> EpochSampler:
        return self._sampler

    @override
    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """A whole checkpoint or none: written aside, hashed, synced and renamed."""
        step, random_states = self.state.global_step, self._ranks.gathered(self._random_state())
        tensors = whole(self.model)
        with ExitStack() as stack:
            aside = atomic.folder(self._checkpoints.path(step))
            folder = self._ranks.told(lambda: stack.enter_context(aside))
            # All must call it: of a sharded model each has a part.
            self._save_optimizer_and_scheduler(str(folder))

            def complete() -> None:
                save_weights(self.model, folder, tensors)
                self._save_scaler(str(folder))
                for state in random_states:
                    for name, content in state.items():
                        (folder / name).write_bytes(content)
                self.state.save_to_json(str(folder / "trainer_state.json"))
                seal(folder, step, float(self.state.epoch or 0), self._base)
                stack.close()

            self._ranks.told(complete)

    def _random_state(self) -> dict[str, bytes]:
        """The files that restore this process's random numbers, by name."""
        with tempfile.TemporaryDirectory() as folder:
            self._save_rng_state(folder)
            return {file.name: file.read_bytes() for file in Path(folder).iterdir()}

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        if not load_weights(self.model, Path(resume_from_checkpoint)):
            super()._load_from_checkpoint(resume_from_checkpoint, model)
