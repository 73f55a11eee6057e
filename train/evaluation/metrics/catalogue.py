"""Which metrics a set is measured by: the built-in ones that fit it, those asked for, and the user's own.

A metric gives a value an answer, and statistics that add up over answers: what its figure, and the interval
of a difference, are computed from.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from curate.user_functions import load_function
from schemas.arrays import Floats
from schemas.errors import MissingPackage, UsageError
from schemas.example import Example
from train.evaluation.metrics import json_answers, labels, overlap
from train.evaluation.resampling import ratio

LOSS = "loss"
_TEXT = ("exact_match", "f1", "rouge_l", "bleu", "chrf")
_JSON = ("json_valid", "json_keys", "json_equal")
_LABELS = ("accuracy", "macro_f1")
BUILT_IN = (LOSS, *_TEXT, *_JSON, *_LABELS)
LOWER_IS_BETTER = frozenset({LOSS})
# The package and the module of it that a metric needs.
_PACKAGES = {
    "f1": ("regex", "regex"),
    "rouge_l": ("rouge-score", "rouge_score"),
    "bleu": ("sacrebleu", "sacrebleu"),
    "chrf": ("sacrebleu", "sacrebleu"),
    "accuracy": ("regex", "regex"),
    "macro_f1": ("regex", "regex"),
}

Value = Callable[[str, str, Example], float | None]
Statistics = Callable[[str, str, float | None], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Metric:
    """`value` of one answer, from prediction, reference and example: None where the metric does not apply to
    it, and no function at all where only a set has it. `statistics` of it, `width` numbers that add up;
    `score`: sums (R, width) to (R,) figures."""

    name: str
    value: Value | None
    statistics: Statistics
    width: int
    score: Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The metrics of one set. `labels`: what its references are, where they are few. `signatures`: how
    sacrebleu's are computed."""

    metrics: tuple[Metric, ...]
    labels: tuple[str, ...]
    sacre: overlap.Sacre | None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(metric.name for metric in self.metrics)

    @property
    def signatures(self) -> dict[str, str]:
        """Once something was measured."""
        if self.sacre is None:
            return {}
        return {"bleu": str(self.sacre.bleu.get_signature()), "chrf": str(self.sacre.chrf.get_signature())}


def check(names: Sequence[str], root: Path, key: str) -> None:
    """Raises UsageError for a name that is no metric, RecipeError for a function that cannot be loaded, and
    MissingPackage: before anything is computed."""
    for name in names or BUILT_IN:
        if "." in name:
            _function(name, root, key)
        elif name not in BUILT_IN:
            raise UsageError(
                f"{key}: {name!r} is no metric",
                f"use {', '.join(BUILT_IN)}, or a dotted path: module.function",
            )
        elif name in _PACKAGES and find_spec(_PACKAGES[name][1]) is None:
            raise MissingPackage.of(_PACKAGES[name][0], "eval", f"the metric {name}")


def choose(names: Sequence[str], references: Sequence[str], root: Path, key: str) -> Chosen:
    """The metrics of a set with these references; all that fit where `names` is empty. Loss is none of them:
    it is of examples, not of answers. One that was asked for stays, whether it fits or not."""
    found = labels.labels_of(references)
    fitting = [*_TEXT]
    fitting += _JSON if any(map(json_answers.is_json_answer, references)) else ()
    fitting += _LABELS if found else ()
    wanted = [name for name in names if name != LOSS] if names else fitting
    if "macro_f1" in wanted and not found:
        wanted.remove("macro_f1")
    sacre = overlap.Sacre.of(references) if {"bleu", "chrf"} & set(wanted) else None
    return Chosen(tuple(_metrics(wanted, found, sacre, root, key)), found, sacre)


def of_classes(names: tuple[str, ...]) -> Chosen:
    """The metrics of a classification, whose answers are the names of classes as they are written."""
    accuracy = Metric("accuracy", partial(_of_two, overlap.exact_match), mean_of, 2, ratio)
    of_pair = partial(labels.confusion, labels=names, normalised=str.strip)
    macro = Metric("macro_f1", None, partial(_without_value, of_pair), 3 * len(names), labels.macro_f1)
    return Chosen((accuracy, macro), names, None)


def _metrics(
    names: Sequence[str], found: tuple[str, ...], sacre: overlap.Sacre | None, root: Path, key: str
) -> Iterator[Metric]:
    plain: dict[str, Callable[[str, str], float | None]] = {
        "exact_match": overlap.exact_match,
        "f1": overlap.token_f1,
        "rouge_l": overlap.rouge_l,
        "json_valid": json_answers.json_valid,
        "json_keys": json_answers.json_keys,
        "json_equal": json_answers.json_equal,
        "accuracy": labels.accuracy,
    }
    if sacre is not None:
        plain["chrf"] = sacre.sentence_chrf
    for name in dict.fromkeys(names):
        if name == "bleu" and sacre is not None:
            statistics = partial(_without_value, sacre.statistics)
            bleu = partial(_of_two, sacre.sentence_bleu)
            yield Metric(name, bleu, statistics, overlap.BLEU_STATISTICS, overlap.corpus_bleu)
        elif name == "macro_f1":
            statistics = partial(_without_value, partial(labels.confusion, labels=found))
            yield Metric(name, None, statistics, 3 * len(found), labels.macro_f1)
        elif name in plain:
            yield Metric(name, partial(_of_two, plain[name]), mean_of, 2, ratio)
        else:
            yield Metric(name, _own(name, _function(name, root, key)), mean_of, 2, ratio)


def mean_of(_prediction: str, _reference: str, value: float | None) -> Sequence[float]:
    """What an answer adds to a mean."""
    return (0.0, 0.0) if value is None else (value, 1.0)


def _without_value(
    of: Callable[[str, str], Sequence[float]], prediction: str, reference: str, _value: float | None
) -> Sequence[float]:
    return of(prediction, reference)


def _of_two(
    of: Callable[[str, str], float | None], prediction: str, reference: str, _example: Example
) -> float | None:
    return of(prediction, reference)


def _function(name: str, root: Path, key: str) -> Callable[..., Any]:
    """From the recipe's folder, else from the working folder, else an installed one."""
    module = Path(*name.split(".")[:-1])
    folders = (folder for folder in (root, Path.cwd()) if (folder / module).with_suffix(".py").is_file())
    return load_function(name, next(folders, root), key)


def _own(name: str, function: Callable[..., Any]) -> Value:
    """The user's function, its mistakes told with the example's id."""

    def value(prediction: str, reference: str, example: Example) -> float | None:
        try:
            found = function(prediction, reference, example)
        except Exception as error:
            raise _mistake(name, example, f"raised {type(error).__name__}: {error}") from error
        if found is None:
            return None
        if not isinstance(found, int | float | np.number | np.bool_) or not math.isfinite(found):
            raise _mistake(name, example, f"returned {found!r}, which is no finite number")
        return float(found)

    return value


def _mistake(name: str, example: Example, what: str) -> UsageError:
    return UsageError(
        f"the metric {name} {what}, for example {example.example_id}",
        "mend the function: (prediction, reference, example) -> float, or None where it does not apply; the "
        "answers are kept",
    )
