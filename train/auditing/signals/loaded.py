"""A run's model, loaded as it was trained on, quantised or not, to be asked at one checkpoint or another.

Rows are read as that run read them: its tokenizer, its system prompt, its `max_length`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from curate.workspace import Workspace
from schemas.errors import RunError, UsageError
from schemas.example import Example, Message
from schemas.recipe import Train
from train import lock
from train.fitting.compute import Compute, choose
from train.fitting.model import Base, find_base, load_model, load_tokenizer
from train.record.checkpoints import Checkpoints, read
from train.store import Run
from train.tokens import TokenRow, prepare

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

    Raises UsageError, RunError, RecipeError where the run cannot be asked any more.
    """

    def __init__(self, workspace: Workspace, run: Run) -> None:
        settings = run.recipe.train
        if settings is None:
            raise RunError(f"run {run.id}: no `train` section", "train again with `train run`")
        if run.info.task != "generation":
            raise UsageError(
                f"run {run.id} is a classification, whose rows are not measured for an audit",
                "go by nearness, and retrain to be sure",
            )
        self.run = run
        self.settings: Train = settings
        self.compute: Compute = choose(settings)
        self._base: Base = find_base(workspace, settings)
        for difference in lock.base_differences(lock.read(run), self._base):
            raise UsageError(difference.what, difference.mend)
        self._at: Path | None = None

    @property
    def identity(self) -> str:
        """What two runs share that stand over the same base, loaded alike."""
        held, how = lock.read(self.run), self.settings
        base = held.base_weights_sha256 or held.base_model
        quantised = how.quantised.model_dump_json() if how.quantised else ""
        return f"{base}|{how.method}|{how.lora.model_dump_json()}|{quantised}|{self.compute.precision}"

    @cached_property
    def tokenizer(self) -> Any:
        return load_tokenizer(Base(str(self.run.adapter), local=True))

    @cached_property
    def _model(self) -> Any:
        from trl.trainer.utils import add_fused_lm_head

        from train.fitting.model import add_adapter
        from train.using.opened import peft_quiet

        model = load_model(self._base, self.settings, self.compute)
        add_fused_lm_head(model, outputs=("log_probs", "is_top1"))
        with peft_quiet():
            model = add_adapter(model, self.settings, self.run.info.seed)
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.float()
        return model.eval()

    def model(self, folder: Path) -> Any:
        """With the weights in this folder, a checkpoint's or the kept adapter's."""
        from train.fitting.model import load_weights

        if self._at != folder:
            if not load_weights(self._model, folder):
                raise UsageError(
                    f"run {self.run.id} trained whole models: those are not loaded for an audit",
                    "go by nearness, and retrain to be sure",
                )
            self._at = folder
        return self._model

    def load(self) -> None:
        """Now, not when it is first asked."""
        self._model  # noqa: B018

    @property
    def untuned(self) -> Any:
        """The model; what was trained is switched off within `untuned.disable_adapter()`."""
        return self._model

    def rows(self, examples: Sequence[Example]) -> list[TokenRow | None]:
        """As this run reads them; None for what it could not train on."""
        numbered = [replace(self._prompted(e), example_id=str(i)) for i, e in enumerate(examples)]
        if not numbered:
            return []
        found = prepare(numbered, self.tokenizer, self.settings.max_length, self.settings.turn_weights)
        at = {row.example_id: row for row in found.rows}
        return [at.get(str(i)) for i in range(len(examples))]

    def moments(self) -> list[Moment]:
        """The early checkpoints. Raises RunError where none stands whole."""
        lines = [line for line in self.run.metrics() if "learning_rate" in line]
        checkpoints, found = Checkpoints(self.run.path / "checkpoints"), list[Moment]()
        for step in checkpoints.steps():
            folder = checkpoints.path(step)
            sha256 = _weights(folder)
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


def _weights(folder: Path) -> str | None:
    """The hash of a checkpoint's adapter, None where it is not as it was written."""
    from curate.version import sha256_of
    from train.fitting.model.weights import ADAPTER_WEIGHTS

    meta, file = read(folder), folder / ADAPTER_WEIGHTS
    if meta is None or not file.is_file():
        return None
    expected = meta.files.get(ADAPTER_WEIGHTS)
    return expected if expected == sha256_of(file) else None
