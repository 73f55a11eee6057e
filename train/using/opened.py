"""A run opened for use: its template lock held, its tokenizer and base model at hand.

Weights are loaded unquantised, whatever the run was trained over: an adapter of QLoRA belongs to the base
model, and 4-bit weights are a rounded copy of it.
"""

import warnings
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.workspace import Workspace
from schemas.errors import RecipeError, RunError, UsageError
from schemas.recipe import Train
from schemas.training import Task
from train import lock
from train.fitting.model import Base, find_base, load_tokenizer
from train.store import CONFIG, Run, open_run
from train.template import ChatTemplate, read_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """`base` is None after full fine-tuning: the run's own folder is a whole model. `system_prompt` is that
    of training, None where the rows kept their own. `settings` are the run's,
    with the base model where it is now; `force`: differences were allowed."""

    workspace: Workspace
    run: Run
    lock: lock.Lock
    base: Base | None
    tokenizer: Any
    template: ChatTemplate
    system_prompt: str | None
    settings: Train
    force: bool

    @property
    def method(self) -> str:
        return self.run.info.method

    @property
    def ends(self) -> list[int]:
        """The token that closes a turn, and the one that ends a text."""
        end = self.template.end_of_turn
        ids = self.tokenizer(end, add_special_tokens=False)["input_ids"] if end else []
        known = (ids[-1] if ids else None, self.tokenizer.eos_token_id)
        return sorted({token for token in known if token is not None})


def open_for_use(
    recipe_path: Path,
    name: str | None,
    *,
    say: Say,
    base_model: str | None = None,
    force: bool = False,
    task: Task | None = "generation",
) -> Opened:
    """The run with this id or prefix (the latest when None), compared with its lock.

    `base_model` says where the base model lies by now; `task` is what the run must have been trained for,
    None for any. Raises UsageError where it was another, and where something differs from training and
    `force` is not given; RunError for a run that is not finished; RecipeError.
    """
    workspace = Workspace.open(recipe_path)
    run = open_run(workspace, name)
    if task is not None:
        need_task(run, task)
    if not run.finished:
        raise RunError(
            f"run {run.id} is {run.state}: its best adapter is not chosen yet",
            "wait until it ends" if run.state == "running" else f"`train run --resume {run.id}` ends it",
        )
    recipe = run.recipe
    if recipe.train is None:
        raise RunError(f"{run.path / CONFIG}: no `train` section", "train again with `train run`")
    settings = recipe.train.model_copy(update={"model": base_model} if base_model else {})
    base = None if settings.method == "full" else find_base(workspace, settings)
    held = lock.read(run)
    tokenizer = load_tokenizer(Base(str(run.adapter), local=True))
    tokenizers = [tokenizer, *([load_tokenizer(base)] if base else [])]
    found = list(lock.differences(run, held, workspace.recipe.system_prompt, tokenizers, base))
    for line in lock.check(found, run.id, force):
        say(line)
    return Opened(
        workspace,
        run,
        held,
        base,
        tokenizer,
        read_template(tokenizer),
        recipe.system_prompt,
        settings,
        force,
    )


def need_task(run: Run, task: Task) -> None:
    """Raises UsageError where the run was trained for another task."""
    if run.info.task == task:
        return
    if task == "generation":
        raise UsageError(
            f"run {run.id} is a classification: its model has a head of classes and writes no text",
            f"ask it with `train classify {run.id}`; `train export --to merged` or adapter writes it out",
        )
    raise UsageError(
        f"run {run.id} was trained to write answers: it has no classes",
        f"talk to it with `train chat {run.id}`, or train one with `train: {{task: classification}}`",
    )


def load_untuned(base: Base, dtype: "torch.dtype", *, kind: Any = None, **settings: Any) -> Any:
    """The model in eval mode on the CPU, unquantised. `kind` is transformers' class for it, with a language
    model's head when None; `settings` overrule its config. Raises RecipeError where it cannot be loaded."""
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    try:
        model: Any = (kind or AutoModelForCausalLM).from_pretrained(
            base.name, dtype=dtype, local_files_only=base.local, low_cpu_mem_usage=True, **settings
        )
    except (OSError, ValueError, SafetensorError) as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise RecipeError(
            f"the model {base.name} cannot be loaded: {reason}",
            "mend that folder, or name another with --base-model",
        ) from None
    return model.eval()


def load_tuned(opened: Opened, dtype: "torch.dtype") -> Any:
    """The base model with the run's adapter on top, a PeftModel; after full fine-tuning, the model.

    Raises UsageError for a hub model that turns out another than that of training now that it is fetched.
    """
    if opened.base is None:
        return load_whole(opened, opened.run.adapter, dtype)
    from peft import PeftModel

    if opened.lock.labels:
        from train.classifying.head import settings

        head = settings(opened.lock.labels, opened.tokenizer.pad_token_id)
        base = load_untuned(opened.base, dtype, kind=_kind(opened), **head)
    else:
        base = load_untuned(opened.base, dtype)
    if not opened.base.local:
        lock.check(list(lock.base_differences(opened.lock, opened.base)), opened.run.id, opened.force)
    with peft_quiet():
        return PeftModel.from_pretrained(base, opened.run.adapter).eval()


def load_whole(opened: Opened, folder: Path, dtype: "torch.dtype") -> Any:
    """A model of the run's kind that lies whole in a folder: merged, or fully fine-tuned."""
    return load_untuned(Base(str(folder), local=True), dtype, kind=_kind(opened))


def _kind(opened: Opened) -> Any:
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

    return AutoModelForSequenceClassification if opened.lock.labels else AutoModelForCausalLM


def onto_gpu(model: Any) -> Any:
    """The model on the GPU where there is one with room for it and as much again for what it computes."""
    import torch

    size = sum(p.numel() * p.element_size() for p in model.parameters())
    if torch.cuda.is_available() and torch.cuda.mem_get_info()[0] > 1.3 * size:
        return model.to("cuda")
    return model


@contextmanager
def peft_quiet() -> "Iterator[None]":
    """PEFT 0.21 asks transformers by an old name, and says of merging what the verification measures."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated")
        # Virtual tokens move the text along: where it stands follows from the mask.
        warnings.filterwarnings("ignore", message="Position ids are not supported")
        yield
