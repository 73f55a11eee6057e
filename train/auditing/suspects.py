"""Suspects: of the training rows that changed, those that may have made the examples worse.

Each signal stands in a column of its own, the higher the more suspect, NaN where it has nothing to say. By
each, a row has a share of the rows that the signal speaks of: those below it, and half of those level with
it. Without gradients `rank` is the mean of a row's shares. With them the gradient selects and surprise
filters: a row that A says as easily as what it was held out from moved little, whatever its direction, and
stands below all others. Signals point; only a retraining proves.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from schemas.arrays import Floats
from train.auditing.common import HELD_OUT
from train.auditing.signals.question import Question, Signal
from train.auditing.signals.words import contradiction, nearness, surprise

if TYPE_CHECKING:
    import pandas as pd

SIGNALS: Mapping[str, Signal] = {"nearness": nearness, "contradiction": contradiction, "surprise": surprise}
"""Those that need no model."""
MEASURED = ("surprise", "embedding", "gradient")
"""Those that do."""
_ORDER = ("gradient", "surprise", "contradiction", "embedding", "nearness")


def suspects(
    question: Question,
    signals: Mapping[str, Signal] = SIGNALS,
    measured: Mapping[str, Floats] | None = None,
) -> "pd.DataFrame":
    """The candidates, most suspect first: their columns of `changes`, `rank`, and a column a signal; what was
    `measured` stands in the place of a signal of that name. Empty where nothing got worse."""
    import pandas as pd

    table = question.changes.table.set_index("example_id")
    if not len(question.worse):
        question = Question((), question.changes, (), question.rises, question.known_a)
    values = {
        name: signal(question) if question.candidates else np.empty(0) for name, signal in signals.items()
    } | dict(measured or {})
    found = table.loc[list(question.candidates)].drop(columns="touches_train").reset_index()
    found = found.assign(rank=combined(values, _easily_said(question)), **values)
    ordered = found.sort_values(["rank", "example_id"], ascending=[False, True], kind="stable")
    columns = [*(name for name in _ORDER if name in values), *(name for name in values if name not in _ORDER)]
    first = ["example_id", "rank", *columns]
    return pd.DataFrame(ordered[[*first, *(c for c in ordered.columns if c not in first)]]).reset_index(
        drop=True
    )


def combined(values: Mapping[str, Floats], easy: float) -> Floats:
    """The rank of each row. `easy`: the loss in nats per token up to which surprise filters a row out."""
    mean = _mean(values)
    if "gradient" not in values:
        return mean
    gradient = values["gradient"]
    passed = ~(values.get("surprise", np.full(len(gradient), np.nan)) <= easy)
    # Behind all that pass: gradients are sums of two cosines, between -2 and 2.
    selected = _shares(np.where(passed, gradient, gradient - 5.0).astype(np.float64))
    return np.array([other if np.isnan(one) else one for one, other in zip(selected, mean, strict=True)])


def _easily_said(question: Question) -> float:
    """A's median loss of the examples that it was not trained on; of all, where there are none."""
    rows = question.known_a.rows
    held_out = rows[rows["split"].isin(HELD_OUT)]
    return float((held_out if len(held_out) else rows)["loss"].median())


def _mean(values: Mapping[str, Floats]) -> Floats:
    """The mean of each row's shares; 0 for a row of which no signal says anything."""
    import pandas as pd

    shares = pd.DataFrame({name: _shares(one) for name, one in values.items()})
    found: Floats = shares.mean(axis=1).fillna(0.0).to_numpy(np.float64)
    return found


def _shares(values: Floats) -> Floats:
    import pandas as pd

    ranks = pd.Series(values).rank()
    found: Floats = np.asarray((ranks - 0.5) / ranks.count(), dtype=np.float64)
    return found
