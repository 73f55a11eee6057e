"""What a row stage leaves alone, told of rows as an Arrow table: no Example is made of these."""

from collections import ChainMap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.arrays import Bools
from schemas.row_table import rows_of
from schemas.stage import ColumnFeature, Feature, MeasuringStage, SparingStage, Stage

Arrays = Mapping[str, npt.NDArray[Any]]
Known = Sequence[Arrays | None]  # a stage's measures of some rows, or of none


def computed(feature: Feature, rows: pa.Table) -> Arrays:
    """Examples are made of the rows only where the feature needs them."""
    return feature.of_table(rows) if isinstance(feature, ColumnFeature) else feature(rows_of(rows))


def untouched(stage: Stage, rows: pa.Table, known: Known = ()) -> tuple[Bools, list[Arrays]]:
    """Rows that the stage says it leaves alone, and its measures of all, of which some may be `known`."""
    if isinstance(stage, MeasuringStage) and (measures := stage.measures()):
        both = zip(measures, known or [None] * len(measures), strict=True)
        arrays = [computed(measure, rows) if one is None else one for measure, one in both]
        left = stage.spared(ChainMap(*map(dict, arrays)))
    else:
        nothing = np.zeros(rows.num_rows, dtype=bool)
        left, arrays = stage.untouched(rows) if isinstance(stage, SparingStage) else nothing, []
    assert left.shape == (rows.num_rows,), f"{stage.name}: one answer a row"
    return left, arrays
