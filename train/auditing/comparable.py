"""What two runs were made of, where it differs, and what each difference means for their comparison."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.canonical import to_json
from schemas.errors import RunError, UsageError
from train import lock
from train.store import ADAPTER, Run

DATA = "data version"
_ABSENT = "–"
_HASH = 12  # characters that are shown of a hash
_MEANS = {
    "base model": "the runs began from other models: a rise may be the base model's",
    "base weights": "the runs began from other weights: a rise may be the base model's",
    "chat template": "the models read and were trained on other tokens around every message",
    "system prompt": "every example began otherwise: a rise may be the prompt's",
    "tokenizer": "the same text is other tokens: only examples with as many trained tokens are compared",
    "seed": "order and first weights differ: part of any change is chance; see the noise floor",
    "method": "other weights were trained: a rise may be the method's",
    "packages": "other code: results may differ a little for that alone",
    "processes": "the batches were put together otherwise: results differ a little for that alone",
    "kept step": "the adapters kept were trained for other numbers of steps",
    "state": "one was stopped before its last step",
    DATA: "what this comparison is about: see the changes",
}
_SETTING = "a setting of training: a rise may be its doing"
_NEUTRAL = ("checkpoints", "report_to", "snapshots")  # of `train`: what is kept and told, not what is trained


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that differs. `confounds`: it may move losses by itself, so that what changed cannot be put
    down to the data alone."""

    name: str
    a: str
    b: str
    means: str
    confounds: bool


def differences(a: Run, b: Run) -> tuple[Setting, ...]:
    """In the order in which they matter. Raises UsageError where losses of the two cannot be compared at all,
    RunError where one has no end yet."""
    for run in (a, b):
        if not run.finished:
            raise RunError(
                f"run {run.id} is {run.state}: there is no adapter to compare",
                f"finish it with `train run --resume {run.id}`",
            )
    if a.info.task != b.info.task:
        raise UsageError(
            f"run {a.id} is a {a.info.task}, run {b.id} a {b.info.task}: their losses are no one quantity",
            "name two runs of one task",
        )
    return tuple(_differing(a, b))


def _differing(a: Run, b: Run) -> Iterator[Setting]:
    first, second = _facts(a), _facts(b)
    for name in first:
        # What one of the two does not tell is not compared.
        if first[name] != second[name] and None not in (first[name], second[name]):
            means, confounds = _MEANS[name], name not in (DATA, "kept step", "state")
            yield Setting(name, str(first[name]), str(second[name]), means, confounds)
    yield from _packages(a.info.packages, b.info.packages)
    mine, theirs = settings(a), settings(b)
    for key in dict.fromkeys((*mine, *theirs)):
        one, two = mine.get(key), theirs.get(key)
        if one != two:
            yield Setting(f"train.{key}", _value(one), _value(two), _SETTING, True)


def settings(run: Run) -> dict[str, Any]:
    """The settings that training depends on, flat, nested keys with dots. Model and method stand apart."""
    train = run.recipe.train
    values = train.model_dump(mode="json") if train else {}
    left_out = {"model", "method", *_NEUTRAL}
    return {k: v for k, v in _flat(values) if k.partition(".")[0] not in left_out}


def _facts(run: Run) -> dict[str, str | int | None]:
    info = run.info
    locked = lock.read(run)
    return {
        "base model": info.base_model,
        "base weights": _short(locked.base_weights_sha256),
        "chat template": _short(info.template_sha256),
        "system prompt": _short(info.system_prompt_sha256),
        "tokenizer": _short(tokenizer_sha256(run)),
        "seed": info.seed,
        "method": info.method,
        "processes": info.processes,
        "kept step": info.final.best_step,
        "state": run.state,
        DATA: info.dataset_version,
    }


def _packages(a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[Setting]:
    """All that differ, in one."""
    names = [name for name in dict.fromkeys((*a, *b)) if a.get(name) != b.get(name)]
    if names:
        one, two = (", ".join(f"{n} {of.get(n, _ABSENT)}" for n in names) for of in (a, b))
        yield Setting("packages", one, two, _MEANS["packages"], True)


def tokenizer_sha256(run: Run) -> str | None:
    """Of the tokenizer beside the adapter; None where there is none."""
    file = run.path / ADAPTER / "tokenizer.json"
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, value


def _value(value: Any) -> str:
    return _ABSENT if value is None else value if isinstance(value, str) else to_json(value)


def _short(digest: str | None) -> str | None:
    return digest and digest[:_HASH]
