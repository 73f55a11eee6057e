"""What a classifier's predictions come to: accuracy, macro-F1 and the confusion table."""

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


def confusion(labels: Ids, predicted: Ids, classes: int) -> Ids:
    """(classes, classes) counts: a row for each class that is right, a column for each that was predicted."""
    return np.bincount(labels * classes + predicted, minlength=classes**2).reshape(classes, classes)


def accuracy(table: Ids) -> float:
    return float(np.trace(table) / table.sum())


def macro_f1(table: Ids) -> float:
    """The mean F1 of the classes that are right or predicted at least once, 0 for one that is never right; as
    scikit-learn's `f1_score(average="macro")`."""
    either = table.sum(0) + table.sum(1)
    f1 = 2 * np.diag(table)[either > 0] / either[either > 0]
    return float(f1.mean())
