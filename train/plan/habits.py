"""Settings outside what the field usually trains with: what is usual, why, and who says so.

A range is a habit, not a law: a warning asks whether the value was meant. Notes do not count for `--strict`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from schemas.recipe import Recipe
from schemas.training import LORA_METHODS, Method, Train

Level = Literal["warning", "note"]
SMALL = 1000
"""Examples below which a set is small: fewer epochs, and a validation loss to stop by."""

_LORA = "Hu et al. 2021, arXiv:2106.09685"
_QLORA = "Dettmers et al. 2023, arXiv:2305.14314"
_TORCHTUNE = "https://pytorch.org/torchtune/stable/tutorials/memory_optimizations.html"
_IA3 = "Liu et al. 2022, arXiv:2205.05638"
_PROMPT = "Lester et al. 2021, arXiv:2104.08691"
_PREFIX = "Li and Liang 2021, arXiv:2101.00190"
_P_TUNING_2 = "Liu et al. 2021, arXiv:2110.07602"
_PISSA = "Meng et al. 2024, arXiv:2404.02948"
_INSTRUCT = "Ouyang et al. 2022, arXiv:2203.02155"
_REHEARSAL = "Scialom et al. 2022, arXiv:2205.12393"


# The usual rate by method: least, most, what it is of, and who says so.
_LORA_RATE = (1e-4, 3e-4, "LoRA", f"{_QLORA} (1e-4 to 2e-4)")
_RATES: dict[Method, tuple[float, float, str, str]] = {
    "lora": _LORA_RATE,
    "qlora": _LORA_RATE,
    "dora": _LORA_RATE,
    "full": (5e-6, 5e-5, "full fine-tuning", f"{_INSTRUCT} (about 1e-5)"),
    "ia3": (1e-3, 1e-2, "IA3", f"{_IA3} (3e-3)"),
    "prefix": (1e-3, 1e-2, "prefix tuning", f"{_P_TUNING_2} (5e-3 to 1e-2)"),
    "prompt": (3e-3, 0.3, "prompt tuning", f"{_PROMPT} (0.3)"),
}


@dataclass(frozen=True, slots=True)
class Habit:
    """A setting that is not as usual. `usual` is said in words; `source` is a paper or an address."""

    key: str
    value: str
    usual: str
    why: str
    source: str
    level: Level = "warning"


def unusual(recipe: Recipe, train: Train, examples: int, validation: int, steps: int) -> list[Habit]:
    """Worst first. `examples` and `validation` are rows that can be trained on, `steps` those of the run."""
    found = [
        *(_adapter(train) if train.method in LORA_METHODS else ()),
        *_virtual(train),
        *_optimiser(train),
        *_small(train, examples, validation),
        *_steps(train, examples, steps),
        *(_general(recipe) if train.task == "generation" else ()),
    ]
    return sorted(found, key=lambda habit: habit.level != "warning")


def _adapter(train: Train) -> Iterable[Habit]:
    lora = train.lora
    if not 4 <= lora.r <= 64:
        yield Habit(
            "train.lora.r",
            str(lora.r),
            "4 to 64",
            "a low rank is enough for what one task changes; above it memory grows and little else",
            f"{_LORA}; {_QLORA} (64)",
        )
    if not lora.rslora and not 1 <= lora.alpha / lora.r <= 4:
        yield Habit(
            "train.lora.alpha",
            f"{lora.alpha:g}, {lora.alpha / lora.r:g} × r",
            "about 2 × r",
            "alpha / r scales what the adapter adds; another ratio is another learning rate",
            _TORCHTUNE,
        )
    if lora.moves_base and lora.dropout:
        yield Habit(
            "train.lora.dropout",
            f"{lora.dropout:g}",
            f"0 with lora.init {lora.init}",
            "the adapter holds directions of the base model itself, which dropout takes out now and then",
            _PISSA,
        )
    elif not lora.moves_base and not 0.1 <= lora.dropout <= 0.2:
        # Large models were tuned with 0.05 as well, so a low value is only worth a word
        yield Habit(
            "train.lora.dropout",
            f"{lora.dropout:g}",
            "0.1 to 0.2; 0.05 for large models or much data",
            "it keeps a small set from being learnt by heart",
            f"{_QLORA} (0.1; 0.05 from 33B on)",
            "warning" if lora.dropout > 0.2 else "note",
        )


def _virtual(train: Train) -> Iterable[Habit]:
    tokens = train.virtual_tokens
    low, high, source = (
        (5, 200, f"{_PREFIX} (10 for tables, 200 for summaries)")
        if train.method == "prefix"
        else (10, 100, f"{_PROMPT} (20 to 100; little is gained above 20)")
    )
    if tokens and not low <= tokens <= high:
        yield Habit(
            f"train.{train.method}.tokens",
            str(tokens),
            f"{low} to {high}",
            "too few hold little, and each more takes a place in every sequence",
            source,
        )


def _optimiser(train: Train) -> Iterable[Habit]:
    low, high, what, source = _RATES[train.method]
    if not low <= train.learning_rate <= high:
        yield Habit(
            "train.learning_rate",
            f"{train.learning_rate:g}",
            f"{low:g} to {high:g} for {what}",
            "the fewer weights are trained, the higher the rate: adapters want about ten times that of whole "
            "models, virtual tokens more; too high a rate forgets or diverges, too low a one does not learn "
            "in a few epochs",
            source,
        )
    if train.scheduler != "constant" and not 0.03 <= train.warmup_ratio <= 0.1:
        yield Habit(
            "train.warmup_ratio",
            f"{train.warmup_ratio:g}",
            "0.03 to 0.1",
            "Adam's second moments are guesses during the first steps",
            f"{_QLORA} (0.03)",
        )
    if train.weight_decay > 0.1:
        yield Habit(
            "train.weight_decay",
            f"{train.weight_decay:g}",
            "0 to 0.1",
            "it pulls an adapter back to nothing, and a whole model away from what it knew",
            f"{_LORA} (0.01 to 0.1); {_QLORA} (0)",
        )
    if not 0.3 <= train.max_grad_norm <= 1.0:
        yield Habit(
            "train.max_grad_norm",
            f"{train.max_grad_norm:g}",
            "0.3 to 1",
            "one odd row must not throw the model; clipped much lower, every step is as long as the next",
            f"{_QLORA} (0.3); transformers (1)",
        )


def _small(train: Train, examples: int, validation: int) -> Iterable[Habit]:
    if examples < SMALL and train.epochs > 3:
        yield Habit(
            "train.epochs",
            f"{train.epochs:g}",
            f"1 to 3 under {SMALL:,} examples (here {examples:,})",
            "a small set is soon learnt by heart",
            f"{_INSTRUCT}, section 3.5 (validation loss rises after the first epoch)",
        )
    if examples < SMALL and (train.early_stopping is None or not validation):
        yield Habit(
            "train.early_stopping" if validation else "split.validation",
            "none",
            f"early stopping on validation loss under {SMALL:,} examples (here {examples:,})",
            "nothing else says when learning by heart begins",
            f"{_INSTRUCT}, section 3.5",
        )


def _steps(train: Train, examples: int, steps: int) -> Iterable[Habit]:
    if train.batch.effective > examples:
        yield Habit(
            "train.batch.effective",
            str(train.batch.effective),
            f"at most the {examples:,} train examples",
            "a step cannot take in more than an epoch holds",
            "arithmetic",
        )
    elif steps < 20:
        yield Habit(
            "train.batch.effective",
            f"{train.batch.effective}, so {steps} steps in all",
            "some dozens of steps at least",
            "with so few steps warm-up and decay take up the run",
            "arithmetic",
            "note",
        )


def _general(recipe: Recipe) -> Iterable[Habit]:
    """A source with a `share` is general data, mixed in so that a model does not forget what it could do."""
    shares = [source.share for source in recipe.sources if source.share is not None]
    if not shares:
        yield Habit(
            "sources",
            "no source has a share",
            "10 to 20 % general data",
            "tuned on one task alone, a model forgets others: mix general instructions in (`share: 0.15`)",
            f"practice; {_REHEARSAL} (1 % of the old tasks' own data was enough there)",
            "note",
        )
    elif not 0.1 <= sum(shares) <= 0.2:
        yield Habit(
            "sources.share",
            f"{sum(shares):g}",
            "0.1 to 0.2 of the train split",
            "less does little against forgetting, more takes the place of the task",
            f"practice; {_REHEARSAL}",
        )
