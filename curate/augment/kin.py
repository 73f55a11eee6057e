"""Who is whose child: what a row tells of that without its text."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from schemas.example import ID_LENGTH, Example

_ID = f"S{ID_LENGTH}"
_SEEDS = "seeds"


class KinFeature:
    """Of each row the id of its parent, empty where it has none, and whether it was written after seeds."""

    key = "kin/1"

    def __call__(self, rows: Sequence[Example]) -> dict[str, npt.NDArray[Any]]:
        return {
            "parent": np.array([row.parent_id or "" for row in rows], _ID),
            "invented": np.array([_invented(row.metadata) for row in rows], dtype=bool),
        }

    def of_table(self, rows: pa.Table) -> dict[str, npt.NDArray[Any]]:
        metadata = rows.column("metadata")
        invented = pc.match_substring(metadata, f'"{_SEEDS}"').to_numpy().astype(bool)
        for row in np.flatnonzero(invented).tolist():
            invented[row] = _invented(orjson.loads(metadata[row].as_py()))
        parents = rows.column("parent_id")
        if parents.null_count == len(parents):
            return {"parent": np.zeros(len(parents), _ID), "invented": invented}
        return {"parent": np.array(pc.fill_null(parents, "").to_pylist(), _ID), "invented": invented}


def _invented(metadata: Mapping[str, Any]) -> bool:
    origin = metadata.get("augment")
    return isinstance(origin, dict) and _SEEDS in origin
