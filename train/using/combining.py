"""Several adapters of one base model made one, by PEFT's `add_weighted_adapter`.

linear: weighted sum of the factors. cat: factors laid side by side, exact, with the sum of the ranks.
svd: the exact sum, cut back to the highest rank. ties: trimmed, signs elected (Yadav et al. 2023).
dare_linear, dare_ties: random thinning, rescaled (Yu et al. 2023).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from schemas.errors import UsageError
from train.store import Run
from train.using.opened import Opened, peft_quiet

How = Literal["linear", "cat", "svd", "ties", "dare_linear", "dare_ties"]
_THINNED = ("ties", "dare_linear", "dare_ties")
_NAME = "combined"


@dataclass(frozen=True, slots=True)
class Combination:
    """`others` join the adapter that is loaded. `weights`: one for each, the loaded one's first. `density`:
    the share of values that the thinning ways keep. `seed` draws what DARE thins."""

    others: tuple[Run, ...]
    how: How
    weights: tuple[float, ...]
    density: float
    seed: int


def plan(
    first: Opened, others: Sequence[Opened], how: How, weights: Sequence[float], density: float
) -> Combination:
    """What to combine. Raises UsageError where the adapters do not belong together."""
    if first.lock.labels:
        raise UsageError(
            f"run {first.run.id} is a classification: heads of different runs do not add up",
            "merge one run alone",
        )
    for other in others:
        alike = {
            "base model": (first.lock.base_model, other.lock.base_model),
            "base weights": (first.lock.base_weights_sha256, other.lock.base_weights_sha256),
            "chat template": (first.lock.template_sha256, other.lock.template_sha256),
            "system prompt": (first.lock.system_prompt_sha256, other.lock.system_prompt_sha256),
        }
        unlike = [what for what, (mine, theirs) in alike.items() if mine != theirs]
        if unlike:
            raise UsageError(
                f"runs {first.run.id} and {other.run.id} differ in {', '.join(unlike)}",
                "combine adapters that were trained on the same base, template and prompt",
            )
        if "dora" in (first.method, other.method) or "full" in (first.method, other.method):
            raise UsageError(
                f"{first.method} and {other.method} runs cannot be combined: only LoRA's factors add up",
                "name runs of method lora or qlora",
            )
    count = 1 + len(others)
    if weights and len(weights) != count:
        raise UsageError(f"{len(weights)} weights for {count} runs", "give one for each, in their order")
    chosen = tuple(weights) or (1.0 / count,) * count
    runs = tuple(other.run for other in others)
    return Combination(runs, how, chosen, density, first.run.info.seed)


def combine(model: Any, combination: Combination) -> None:
    """Loads the other adapters beside the model's one, and makes their combination the active adapter.

    Raises UsageError where PEFT cannot, such as `linear` over unequal ranks.
    """
    from transformers import set_seed

    first = model.active_adapter
    names = [first]
    with peft_quiet():
        for run in combination.others:
            names.append(f"with-{len(names)}")
            model.load_adapter(run.adapter, adapter_name=names[-1])
        set_seed(combination.seed)
        try:
            model.add_weighted_adapter(
                names,
                list(combination.weights),
                _NAME,
                combination_type=combination.how,
                density=combination.density if combination.how in _THINNED else None,
            )
        except ValueError as error:
            raise UsageError(f"--how {combination.how}: {error}", "cat and svd take any ranks") from None
    model.set_adapter(_NAME)
    model.eval()
