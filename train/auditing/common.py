"""Examples that both runs measured alike: the same text, in the same split, with as many trained tokens.

A loss of another text, or of other tokens, is another quantity; and where one of the two was trained on an
example, its loss is partly memory. What is left out is counted by why.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from curate.version import SPLITS, DatasetVersion
from schemas.arrays import Floats
from schemas.errors import RunError
from schemas.example import Example
from train.auditing.changes import spoken
from train.reporting.measured import Measured, measured
from train.store import Run

if TYPE_CHECKING:
    import pandas as pd

HELD_OUT = ("test", "validation")


@dataclass(frozen=True)
class Common:
    """`rows`: `example_id`, `split`, `group` (what is drawn together), `n_tokens`, `nll_a`, `nll_b` (nats),
    `loss_a`, `loss_b` and `rise` (b less a, nats per trained token), test first, then validation, then train,
    by id. `examples`: they with their texts, in the same order. `left_out`: examples by why."""

    rows: "pd.DataFrame"
    examples: tuple[Example, ...]
    left_out: dict[str, int]

    @cached_property
    def held_out(self) -> NDArray[np.bool_]:
        """Which rows are of test or validation."""
        found: NDArray[np.bool_] = self.rows["split"].isin(HELD_OUT).to_numpy()
        return found

    @property
    def judged(self) -> NDArray[np.bool_]:
        """What is sliced: held-out rows; all, where there are none."""
        return self.held_out if self.held_out.any() else np.ones(len(self.rows), dtype=bool)

    def nll(self, run: Run) -> Floats:
        """Another run's nll of these examples, NaN where it did not measure one with as many tokens."""
        other = measured(run, None).rows.set_index("example_id").reindex(self.rows["example_id"])
        same = other["n_tokens"].to_numpy() == self.rows["n_tokens"].to_numpy()
        found: Floats = np.where(same, other["nll"].to_numpy(np.float64), np.nan)
        return found


def common(a: Run, b: Run, version_a: DatasetVersion, version_b: DatasetVersion) -> Common:
    """Losses are those of the kept adapters. Raises RunError where a run has no such losses, or the two have
    no example in common."""
    import pandas as pd

    texts = {e.example_id: e for e in version_b.examples()}
    same = _unchanged(version_a, version_b, texts)
    first, second = _indexed(measured(a, None)), _indexed(measured(b, None))
    both = first.add_suffix("_a").join(second.add_suffix("_b"), how="inner")
    known = both[both.index.isin(texts)]
    kept_text = known[known.index.isin(same)]
    in_place = kept_text[kept_text["split_a"] == kept_text["split_b"]]
    alike = in_place[in_place["n_tokens_a"] == in_place["n_tokens_b"]]
    if alike.empty:
        raise RunError(
            f"runs {a.id} and {b.id} measured no example alike", "compare runs whose data have rows in common"
        )
    rows = pd.DataFrame(
        {
            "example_id": alike.index,
            "split": alike["split_a"].to_numpy(),
            "group": [texts[name].group_id or name for name in alike.index],
            "n_tokens": alike["n_tokens_a"].to_numpy(np.int64),
            "nll_a": alike["nll_a"].to_numpy(np.float64),
            "nll_b": alike["nll_b"].to_numpy(np.float64),
            "loss_a": alike["loss_a"].to_numpy(np.float64),
            "loss_b": alike["loss_b"].to_numpy(np.float64),
        }
    )
    rows["rise"] = (rows["nll_b"] - rows["nll_a"]) / rows["n_tokens"]
    place = rows["split"].map({split: at for at, split in enumerate(reversed(SPLITS))})
    order = np.lexsort((rows["example_id"].to_numpy(str), place.to_numpy()))
    rows = rows.iloc[order].reset_index(drop=True)
    left_out = {
        "measured by one run alone": len(first) + len(second) - 2 * len(both),
        "changed text": len(known) - len(kept_text),
        "moved between splits": len(kept_text) - len(in_place),
        "other numbers of trained tokens": len(in_place) - len(alike),
    }
    examples = tuple(texts[name] for name in rows["example_id"])
    return Common(rows, examples, {why: n for why, n in left_out.items() if n})


def _unchanged(a: DatasetVersion, b: DatasetVersion, texts: dict[str, Example]) -> set[str]:
    """Ids whose messages are the same in both, the system prompt aside."""
    if a.version == b.version:
        return set(texts)
    return {
        e.example_id
        for e in a.examples()
        if e.example_id in texts and spoken(e) == spoken(texts[e.example_id])
    }


def _indexed(found: Measured) -> "pd.DataFrame":
    return found.rows.set_index("example_id")[["split", "n_tokens", "nll", "loss"]]
