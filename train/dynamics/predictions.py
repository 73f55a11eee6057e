"""What a classification predicted of each example, beside its losses; nothing for a run without classes."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from train.dynamics.course import Course
from train.store import PREDICTIONS, Run

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("example_id", "model", "label", "predicted", "probability", "label_probability")


def read_predictions(run: Run, course: Course) -> "pd.DataFrame":
    """By row of a course: `label`, `predicted` and its `probability` by the kept adapter, and `mistaken`: how
    much likelier the class predicted is than its own, 0 where it is that one, NaN where there are no classes.

    Raises RunError where the table is damaged.
    """
    import pandas as pd

    order = course.example_ids.to_pandas()
    if not (run.path / PREDICTIONS).is_file():
        nothing = dict.fromkeys(("label", "predicted"), None)
        return pd.DataFrame({**nothing, "probability": np.nan, "mistaken": np.nan}, index=order.index)
    table = run.read(PREDICTIONS, _COLUMNS)
    kept = table.filter(pc.equal(table["model"], "adapter")).to_pandas().set_index("example_id")
    margin = kept["probability"] - kept["label_probability"]
    kept["mistaken"] = margin.where(kept["predicted"] != kept["label"], 0.0)
    placed: pd.DataFrame = kept.reindex(order)[["label", "predicted", "probability", "mistaken"]]
    return placed.reset_index(drop=True)
