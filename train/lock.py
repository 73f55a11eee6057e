"""The template lock: what an adapter was trained with, beside its weights, and what differs from it by now.

    adapter/siftune.json    run, dataset version, base model, SHA-256 of weights, template and system prompt,
                            and a classification's classes by id

A model that is asked in another template than it was trained in loses most of what it learned, without a
word (LLaMA-Factory#5232: accuracy 82 % → 0 %). So merge, export and chat compare first, and refuse.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from curate import atomic
from schemas.errors import RunError, UsageError
from schemas.run import RunInfo
from schemas.training import Task

if TYPE_CHECKING:
    from train.fitting.model import Base
    from train.store import Run

FILE = "siftune.json"
_VALUES = 64  # of each tensor: enough to tell two models apart, and read in a moment


class Lock(BaseModel):
    """`siftune.json`. `base_weights_sha256` is None where the base model has no safetensors files."""

    model_config = ConfigDict(frozen=True)
    run: str
    dataset_version: str
    base_model: str
    base_weights_sha256: str | None = None
    method: str
    task: Task = "generation"
    labels: list[str] = []
    template_sha256: str
    system_prompt_sha256: str


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` differs, and the way to mend it."""

    what: str
    mend: str


def write(folder: Path, info: RunInfo, base: "Base") -> None:
    """Locks the adapter in a folder to what its run was trained with."""
    lock = Lock(
        run=info.run,
        dataset_version=info.dataset_version,
        base_model=info.base_model,
        base_weights_sha256=weights_sha256(base),
        method=info.method,
        task=info.task,
        labels=info.labels,
        template_sha256=info.template_sha256,
        system_prompt_sha256=info.system_prompt_sha256,
    )
    save(folder, lock)


def save(folder: Path, lock: Lock) -> None:
    atomic.write_text(folder / FILE, lock.model_dump_json(indent=2) + "\n")


def read(run: "Run") -> Lock:
    """The lock of a run's adapter; of a run older than locks, what its run.json says. Raises RunError."""
    file = run.adapter / FILE
    try:
        return Lock.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return Lock.model_validate(run.info.model_dump(), extra="ignore")
    except (ValidationError, OSError) as error:
        reason = f"{error.error_count()} fields" if isinstance(error, ValidationError) else str(error)
        raise RunError(
            f"{file}: damaged ({reason})", "remove it: run.json holds the same hashes, save the weights'"
        ) from None


def differences(
    run: "Run", lock: Lock, system_prompt: str | None, tokenizers: Sequence[Any], base: "Base | None"
) -> Iterator[Difference]:
    """What is not as it was in training.

    `system_prompt`: the recipe's, as it stands now. `tokenizers`: the one beside the adapter and, where
    there is a base model, that of the base. `base` is None for full fine-tuning, which needs none.
    """
    from train.template import template_sha256

    if lock.run != run.id:
        yield Difference(
            f"the adapter in {run.adapter} is that of run {lock.run}",
            f"put the adapter of {run.id} back, or name run {lock.run}",
        )
    for tokenizer in tokenizers:
        if template_sha256(tokenizer) != lock.template_sha256:
            yield Difference(
                f"the chat template of {tokenizer.name_or_path} is not the one of training",
                "put the template of training back, or train again with `train run`",
            )
    if sha256_of_text(system_prompt or "") != lock.system_prompt_sha256:
        yield Difference(
            "the recipe's system_prompt is not the one of training",
            "put the old prompt back, or build and train with the new one: `curate build && train run`",
        )
    yield from base_differences(lock, base)


def base_differences(lock: Lock, base: "Base | None") -> Iterator[Difference]:
    """Whether the base model's weights are others. A hub model that is not on this machine yet cannot be
    compared: ask again once it is loaded."""
    if base is None or lock.base_weights_sha256 is None:
        return
    found = weights_sha256(base)
    if found != lock.base_weights_sha256 and (found or base.local):
        yield Difference(
            f"{base.name} is not the base model {lock.base_model} of training: its weights differ",
            "name the right one with --base-model",
        )


def check(found: Sequence[Difference], run: str, force: bool) -> list[str]:
    """Raises UsageError where something differs; with `force`, a sentence for each instead."""
    if not found:
        return []
    if force:
        return [f"--force: {difference.what}" for difference in found]
    raise UsageError(
        f"run {run}: {'; '.join(d.what for d in found)}",
        f"{'; '.join(dict.fromkeys(d.mend for d in found))}; --force goes on all the same",
    )


def sha256_of_text(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def weights_sha256(base: "Base") -> str | None:
    """A hash over name, shape and first values of every tensor in the base model's safetensors files, as they
    are stored; None where there are none on this machine. Loads no model."""
    from safetensors import safe_open

    folder = _weights_folder(base)
    files = sorted(folder.glob("*.safetensors")) if folder else []
    sampled: dict[str, tuple[list[int], bytes]] = {}
    for file in files:
        with safe_open(file, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118  # not a dict
                view = tensors.get_slice(name)
                shape = list(view.get_shape())
                # The first row of a matrix, so that no more than that is read.
                first = view[: _VALUES if len(shape) == 1 else 1] if shape else tensors.get_tensor(name)
                values = first.reshape(-1)[:_VALUES].float().numpy()
                sampled[name] = shape, values.tobytes()
    if not sampled:
        return None
    digest = hashlib.sha256()
    for name, (shape, data) in sorted(sampled.items()):
        digest.update(json.dumps([name, shape]).encode() + data)
    return digest.hexdigest()


def _weights_folder(base: "Base") -> Path | None:
    """The local folder, or where the hub's cache holds the model."""
    if base.local:
        return Path(base.name)
    from huggingface_hub import try_to_load_from_cache

    for name in ("model.safetensors.index.json", "model.safetensors"):
        cached = try_to_load_from_cache(base.name, name)
        if isinstance(cached, str):
            return Path(cached).parent
    return None
