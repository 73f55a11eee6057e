"""`train merge`: adapters merged into the base model at full precision, and proof that nothing was lost.

The base model is loaded as it is stored, never quantised; the sum is taken in float32 and rounded once, to
the base model's own number format. Then the files are read back, and each example's loss is compared with
that of base plus adapter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from curate import atomic
from schemas.errors import GateError, UsageError
from train import lock
from train.fitting.model import Base
from train.modelcard.writing import write_card
from train.using.combining import Combination, combine
from train.using.losses import Sampled, measure, recorded, sample
from train.using.opened import Opened, Say, load_tuned, load_whole, onto_gpu, peft_quiet
from train.using.places import check_free

if TYPE_CHECKING:
    import torch

Dtype = Literal["float32", "bfloat16", "float16"]
DTYPES: tuple[Dtype, ...] = ("float32", "bfloat16", "float16")

# Nats per trained token that one example's loss may move. In float32 only the order of sums differs. In 16
# bits the merged weights are rounded: their last bit is worth 2^-8 of them in bfloat16, 2^-11 in float16.
TOLERANCES: dict[Dtype, float] = {"float32": 1e-3, "float16": 1e-2, "bfloat16": 5e-2}

_NO_WEIGHTS = ("prefix", "prompt")


@dataclass(frozen=True, slots=True)
class Merged:
    """`largest` is how far one example's loss moved at most, that of `example_id`; `before` and `after` are
    mean losses of the examples, nats per trained token. `in_training` is what the run recorded of them over
    the weights that it trained on, None where it took no snapshot of them or where adapters were combined."""

    path: Path
    dtype: Dtype
    examples: int
    largest: float
    example_id: str
    before: float
    after: float
    in_training: float | None
    tolerance: float

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {"path": str(self.path)}


def merge(
    opened: Opened,
    out: Path,
    *,
    say: Say,
    dtype: Dtype | None = None,
    examples: int = 32,
    tolerance: float | None = None,
    combination: Combination | None = None,
) -> Merged:
    """Writes the merged model, its tokenizer, generation config and lock to the folder `out`.

    `dtype`: of the weights on disk, the base model's own when None. `tolerance`: nats per trained token, by
    `TOLERANCES` when None. Raises UsageError where `out` holds something or the method has nothing to merge;
    GateError where the merged model's losses are not those of base plus adapter: nothing is left behind.
    """
    import torch

    check_free(out)
    if opened.method in _NO_WEIGHTS:
        raise UsageError(
            f"run {opened.run.id}: {opened.method} tuning learns tokens before the text, no weights",
            "use `train export --to adapter`",
        )
    rows = sample(opened, examples)
    model = load_tuned(opened, torch.float32)
    if combination is not None:
        combine(model, combination)
    model = onto_gpu(model)
    before = measure(model, rows)
    _say_training(opened, rows, before, combination, say)
    dtype = dtype or _own_dtype(opened)
    with atomic.folder(out) as target:
        model = _merged(model, opened).to("cpu")
        _write(model.to(getattr(torch, dtype)), opened, target)
        note = _combined(opened, combination) if combination else ""
        write_card(opened.run, opened.workspace, opened.tokenizer, target, "merged", note=note)
        del model
        after = measure(onto_gpu(load_whole(opened, target, torch.float32)), rows)
        worst = max(rows, key=lambda row: abs(after[row.example_id] - before[row.example_id])).example_id
        known = recorded(opened, rows) if combination is None else {}
        result = Merged(
            path=out,
            dtype=dtype,
            examples=len(rows),
            largest=abs(after[worst] - before[worst]),
            example_id=worst,
            before=_mean(before),
            after=_mean(after),
            in_training=_mean(known) if len(known) == len(rows) else None,
            tolerance=TOLERANCES[dtype] if tolerance is None else tolerance,
        )
        _check(result, opened)
    return result


def _merged(model: Any, opened: Opened) -> Any:
    if opened.base is None:
        return model  # full fine-tuning: there is no adapter
    with peft_quiet():
        return model.merge_and_unload(safe_merge=True)


def _combined(opened: Opened, combination: Combination) -> str:
    """What a card must say of a model of several runs."""
    names = ", ".join(f"`{run.id}`" for run in combination.others)
    weights = ", ".join(f"{weight:g}" for weight in combination.weights)
    return (
        f"Combined with the adapters of {names} by `{combination.how}`, weights {weights}; data, training "
        f"and losses below are those of run `{opened.run.id}` alone."
    )


def _write(model: Any, opened: Opened, target: Path) -> None:
    _end_of_turn_ends(model, opened)
    model.save_pretrained(target)
    opened.tokenizer.save_pretrained(target)
    lock.save(target, opened.lock)


def _end_of_turn_ends(model: Any, opened: Opened) -> None:
    """Whoever generates with the model's own settings stops where training closed a turn."""
    end = opened.template.end_of_turn
    ids = opened.tokenizer(end, add_special_tokens=False)["input_ids"] if end else []
    if len(ids) != 1 or getattr(model, "generation_config", None) is None:
        return
    known = model.generation_config.eos_token_id
    known = [] if known is None else [known] if isinstance(known, int) else list(known)
    if ids[0] not in known:
        model.generation_config.eos_token_id = [*known, ids[0]]


def _say_training(
    opened: Opened, rows: Sequence[Sampled], before: dict[str, float], combined: object, say: Say
) -> None:
    """What the run recorded of the same examples, beside base plus adapter as it is loaded now."""
    known = recorded(opened, rows) if combined is None else {}
    if len(known) < len(rows):
        return
    largest = max(abs(known[name] - loss) for name, loss in before.items())
    line = (
        f"recorded in training {_mean(known):.4f}, base + adapter in float32 {_mean(before):.4f} nats per "
        f"token; one example differs by up to {largest:.4f}"
    )
    if (how := opened.settings.quantised) is not None:
        line += (
            f": training saw the base in {how.bits} bits, a rounded copy; the merge goes into the whole one"
        )
    say(line)


def _check(result: Merged, opened: Opened) -> None:
    if result.largest <= result.tolerance:  # a loss that is not a number is over it too
        return
    mend = (
        "write it unrounded with --dtype float32, or allow more with --tolerance"
        if result.dtype != "float32"
        else "do not use it; the adapter itself is unharmed: `train export --to adapter`"
    )
    if opened.settings.quantised is not None:
        mend += " (both sides were measured on the unquantised base, so its rounding is not the reason)"
    raise GateError(
        f"the merged model is not base + adapter: the loss of example {result.example_id} moved by "
        f"{result.largest:.4f} nats per token, more than {result.tolerance:g}",
        mend,
    )


def _own_dtype(opened: Opened) -> Dtype:
    """The number format that the base model's weights are stored in, after its config; float32 where it says
    none that a merge can write."""
    from transformers import AutoConfig

    base = opened.base or Base(str(opened.run.adapter), local=True)
    stored: torch.dtype | None = AutoConfig.from_pretrained(base.name, local_files_only=base.local).dtype
    name = str(stored).removeprefix("torch.")
    return next((dtype for dtype in DTYPES if dtype == name), "float32")


def _mean(losses: dict[str, float]) -> float:
    return sum(losses.values()) / len(losses)
