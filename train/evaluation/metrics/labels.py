"""Answers that are one of few labels: accuracy and macro-F1.

A set is one of labels where its references, normalised, are 2 to 20 distinct ones, of at most five words,
each standing five times on average. A prediction that is none of them is wrong, and nobody's false positive.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from train.evaluation.metrics.words import squad_normalised, squad_tokens

_MOST, _WORDS, _EACH = 20, 5, 5


def labels_of(references: Sequence[str]) -> tuple[str, ...]:
    """The labels of a set, sorted; none where it is no set of labels."""
    found = {squad_normalised(reference) for reference in references}
    few = 2 <= len(found) <= min(_MOST, len(references) // _EACH)
    short = all(0 < len(squad_tokens(label)) <= _WORDS for label in found)
    return tuple(sorted(found)) if few and short else ()


def accuracy(prediction: str, reference: str) -> float:
    """1 where both are the same label, in whatever case and with whatever punctuation."""
    return float(squad_normalised(prediction) == squad_normalised(reference))


def confusion(
    prediction: str,
    reference: str,
    labels: Sequence[str],
    normalised: Callable[[str], str] = squad_normalised,
) -> list[float]:
    """What one pair adds to each label's true positives, predicted and wanted: 3 numbers a label, laid out
    [true positives…, predicted…, wanted…]."""
    said, wanted = normalised(prediction), normalised(reference)
    right = [float(label == said == wanted) for label in labels]
    return right + [float(label == said) for label in labels] + [float(label == wanted) for label in labels]


def macro_f1(statistics: NDArray[np.float64]) -> NDArray[np.float64]:
    """The unweighted mean of the labels' F1, of sums of `confusion` (R, 3 labels). As scikit-learn's
    `f1_score(average="macro", zero_division=0)` over the labels."""
    right, said, wanted = np.split(statistics, 3, axis=1)
    total = said + wanted
    f1 = np.divide(2 * right, total, out=np.zeros_like(total), where=total > 0)
    scores: NDArray[np.float64] = f1.mean(axis=1)
    return scores
