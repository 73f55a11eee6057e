"""A run's model, loaded as it was trained on, quantised or not, to be asked at one checkpoint or another.

Rows are read as that run read them: its tokenizer, its system prompt, its `max_length`.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from accelerate.utils.memory import clear_device_cache

from curate.file_hash import sha256_of
from curate.workspace import Workspace
from schemas.errors import RunError, UsageError
from schemas.example import Example, Message
from schemas.recipe import Train
from train import lock
from train.auditing.signals.asking import Answers, AskedRow, Asking, Labels
from train.auditing.signals.gradients import Gradients
from train.fitting.compute import Compute, choose
from train.fitting.model import Base, find_base, load_model, load_tokenizer
from train.record.checkpoints import Checkpoints, read
from train.record.snapshots import Snapshots
from train.store import Run

EARLY = 3  # checkpoints: the gradients of later ones tell less of what pushed what


@dataclass(frozen=True, slots=True)
class Moment:
    """A checkpoint of a run: its weights, and the learning rate that training had there."""

    step: int
    rate: float
    folder: Path
    sha256: str


class Loaded:
    """Opens nothing until it is asked: what is kept of an earlier audit needs no model.

    Of full fine-tuning each checkpoint is a model of its own, loaded for itself; an adapter's are laid into
    one that stands. Raises UsageError, RunError, RecipeError where the run cannot be asked any more.
    """

    def __init__(self, workspace: Workspace, run: Run) -> None:
        settings = run.recipe.train
        if settings is None:
            raise RunError(f"run {run.id}: no `train` section", "train again with `train run`")
        self.run = run
        self.settings: Train = settings
        self.compute: Compute = choose(settings)
        self._workspace = workspace
        self._whole = settings.method == "full"
        if not self._whole:
            self._base  # noqa: B018  # an adapter is nothing without it
        self._standing: tuple[Path, Any] | None = None

    @cached_property
    def _base(self) -> Base:
        base = find_base(self._workspace, self.settings)
        for difference in lock.base_differences(lock.read(self.run), base):
            raise UsageError(difference.what, difference.mend)
        return base

    @property
    def identity(self) -> str:
        """What two runs share that stand over the same base, loaded alike."""
        held, how = lock.read(self.run), self.settings
        base = held.base_weights_sha256 or held.base_model
        quantised = how.quantised.model_dump_json() if how.quantised else ""
        same = f"{base}|{how.method}|{how.lora.model_dump_json()}|{quantised}|{self.compute.precision}"
        return "|".join((same, *([self._asking.identity] if self._asking.identity else [])))

    @cached_property
    def tokenizer(self) -> Any:
        return load_tokenizer(Base(str(self.run.adapter), local=True))

    @cached_property
    def _asking(self) -> Asking:
        seed = self.run.info.seed
        if self.run.info.task == "generation":
            return Answers(self.settings, seed)
        return Labels(self.settings, seed, self.run.info.labels, self.tokenizer.pad_token_id)

    def _model(self, folder: Path) -> Any:
        """With the weights in this folder, a checkpoint's or those that were kept."""
        if self._standing is not None and self._standing[0] == folder:
            return self._standing[1]
        if self._whole:
            self.release()
            model = self._asking.load(Base(str(folder), local=True), self.compute).eval()
        else:
            from train.fitting.model import load_weights

            model = self._adapted
            if not load_weights(model, folder):
                raise RunError(
                    f"run {self.run.id}: {folder} holds no adapter", "train again with `train run`"
                )
        self._standing = folder, model
        return model

    @cached_property
    def _adapted(self) -> Any:
        from train.using.opened import peft_quiet

        model = self._asking.load(self._base, self.compute)
        with peft_quiet():
            model = self._asking.adapt(model)
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.float()
        return model.eval()

    def load(self) -> None:
        """What all checkpoints share, now and not when it is first asked."""
        if not self._whole:
            self._adapted  # noqa: B018

    def release(self) -> None:
        """The whole model that stands goes, before another one comes."""
        self._standing = None
        clear_device_cache(garbage_collection=True)

    def meter(self, folder: Path, rows: Sequence[AskedRow]) -> Snapshots[Any]:
        """Measures losses of these rows, by the weights in this folder."""
        return self._asking.meter(self._model(folder), rows, self.tokenizer, self.compute)

    def gradients(self, folder: Path) -> Gradients:
        """Of what is trained, at the weights in this folder."""
        model, pad_id = self._model(folder), self.tokenizer.pad_token_id
        return Gradients(
            model, lambda rows: self._asking.losses(model, rows, pad_id, self.compute), self.compute
        )

    @contextmanager
    def untuned(self) -> Iterator[Any]:
        """The base model as it was before training, without its head."""
        if self._whole:
            self.release()
            yield load_model(self._base, self.settings, self.compute).eval().base_model
            return
        with self._adapted.disable_adapter():
            yield self._adapted.get_base_model().base_model

    def rows(self, examples: Sequence[Example]) -> list[AskedRow | None]:
        """As this run reads them; None for what it could not train on."""
        numbered = [replace(self._prompted(e), example_id=str(i)) for i, e in enumerate(examples)]
        if not numbered:
            return []
        at = {row.example_id: row for row in self._asking.rows(numbered, self.tokenizer)}
        return [at.get(str(i)) for i in range(len(examples))]

    def moments(self) -> list[Moment]:
        """The early checkpoints. Raises RunError where none stands whole."""
        lines = [line for line in self.run.metrics() if "learning_rate" in line]
        checkpoints, found = Checkpoints(self.run.path / "checkpoints"), list[Moment]()
        for step in checkpoints.steps():
            folder = checkpoints.path(step)
            sha256 = _verified(folder)
            rates = [line["learning_rate"] for line in lines if line["step"] <= step]
            if sha256 and len(found) < EARLY:
                found.append(Moment(step, float(rates[-1]) if rates else 0.0, folder, sha256))
        if not found:
            raise RunError(
                f"run {self.run.id} has no checkpoint left",
                "train again: `train run` keeps three, the end of epoch 1 among them",
            )
        return found

    def _prompted(self, example: Example) -> Example:
        """Under this run's system prompt, where it has one for all and the example has one."""
        prompt = self.run.recipe.system_prompt
        if prompt is None:
            return example
        messages = (Message("system", prompt) if m.role == "system" else m for m in example.messages)
        return replace(example, messages=tuple(messages))


def weights_of(folder: Path) -> dict[str, str]:
    """The hashes of its files of weights, an adapter's or a model's, by name; none where there are none."""
    return {file.name: sha256_of(file) for file in sorted(folder.glob("*.safetensors"))}


def _verified(folder: Path) -> str | None:
    """The hash of a checkpoint's weights, None where they are not as they were written."""
    meta, found = read(folder), weights_of(folder)
    if meta is None or not found or any(meta.files.get(name) != sha256 for name, sha256 in found.items()):
        return None
    first, *more = found.values()
    return hashlib.sha256("".join((first, *more)).encode()).hexdigest() if more else first
