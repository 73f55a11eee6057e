"""Small results about the rows of a part, kept for all parts together: few have other rows than before."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from curate.flow.keys import no_keys
from curate.flow.table import View


def by_part(
    view: View, name: str, keys: Sequence[str], work: Callable[[list[int]], Iterable[bytes]]
) -> list[bytes]:
    """For each part what was made of it, by a key for all that it follows from: what is kept of an earlier
    build under that name, and what `work` makes of the others, by their numbers."""
    kept = view.kept(name) or {
        "keys": no_keys(),
        "ends": np.empty(0, np.int64),
        "made": np.empty(0, np.uint8),
    }
    data, ends = kept["made"].tobytes(), kept["ends"].tolist()
    starts = [0, *ends[:-1]]
    known = {
        key.decode(): data[start:end]
        for key, start, end in zip(kept["keys"].tolist(), starts, ends, strict=False)
    }
    new = [number for number, key in enumerate(keys) if key not in known]
    if new:
        known.update(zip([keys[number] for number in new], work(new), strict=True))
    found = [known[key] for key in keys]
    if new:
        arrays = {
            "keys": np.array(keys, no_keys().dtype),
            "ends": np.cumsum([len(each) for each in found], dtype=np.int64),
            "made": np.frombuffer(b"".join(found), np.uint8),
        }
        view.keep(name, arrays)
    return found
