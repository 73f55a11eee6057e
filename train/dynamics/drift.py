"""Drift watch: what many runs make of the same examples: always hard, flipping, forgotten.

Of each run the losses of the adapter that was kept count, and an example counts in the runs that measured it
with as many trained tokens as the latest one did: another text is another example. Runs of other models and
settings lie at other levels, so hardness is a share by rank: of the examples of its split in that run, those
with a lower loss, and half of those level with it.

    always hard   in the hardest quarter of its split in every run. What Swayamdipta et al. 2020 (Dataset
                  Cartography) call hard to learn over epochs, here over runs: often a wrong answer.
    flips         how often the answer was right in one run and not in the next, or the other way around;
                  right: every trained token was the model's first choice. Prediction churn of Milani Fard
                  et al. 2016 (Launch and Iterate), example by example.
    forgotten     right in an earlier run, and not in the latest: a forgetting event of Toneva et al. 2019, a
                  negative flip of Yan et al. 2021 (Positive-Congruent Training).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from schemas.errors import RunError, UsageError
from train.store import Run

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["forgotten", "flips", "hard"]
KINDS: tuple[Kind, ...] = ("forgotten", "flips", "hard")
SAYS: dict[Kind, str] = {
    "forgotten": "right in an earlier run, not in the latest",
    "flips": "right in one run and not in the next, or the other way around",
    "hard": "in the hardest quarter of its split in every run",
}
COLUMNS = (
    *("example_id", "split", "runs", "hardness", "always_hard", "right", "flips", "forgotten"),
    *("loss", "lowest", "rise"),
)
_HARDEST = 0.75
_SHORTEST = 2  # runs


def compared(runs: Sequence[Run]) -> list[Run]:
    """Those that are over, oldest first. Raises UsageError for fewer than two, or for several tasks."""
    over = sorted((run for run in runs if run.finished), key=lambda run: (run.info.started_at, run.id))
    if len(over) < _SHORTEST:
        raise UsageError(
            f"{len(over)} of {len(runs)} runs are over: there is nothing to compare",
            "train twice or more, or name other runs",
        )
    if len({run.info.task for run in over}) > 1:
        raise UsageError(
            "generations and classifications have losses of two kinds", "name the runs of one task"
        )
    return over


def drift(runs: Sequence[Run]) -> "pd.DataFrame":
    """A row for each example that two runs or more measured alike, the latest among them: COLUMNS.

    `runs`: as `compared` gives them. `hardness`: mean share over runs, near 1 the hardest. `right`: in how
    many runs. `loss`: in the latest run, `lowest`: in any before it, `rise` between, nats per token. Raises
    RunError where the runs have no example in common.
    """
    import pandas as pd

    tables = [_kept(run) for run in runs]
    latest = tables[-1]
    loss, share, right = (
        pd.DataFrame({at: _like(table, latest, column) for at, table in enumerate(tables)})
        for column in ("loss", "share", "right")
    )
    known = loss.notna().sum(axis=1) >= _SHORTEST
    if not known.any():
        raise RunError(
            f"run {runs[-1].id} measured no example as another run did",
            "compare runs whose data have rows in common",
        )
    loss, share, right, latest = loss[known], share[known], right[known], latest[known.to_numpy()]
    moved = _changes(right.to_numpy(np.float64))
    before = loss.iloc[:, :-1].min(axis=1)
    ever = right.iloc[:, :-1].max(axis=1) > 0
    return pd.DataFrame(
        {
            "example_id": latest.index,
            "split": latest["split"].to_numpy(),
            "runs": loss.notna().sum(axis=1).to_numpy(),
            "hardness": share.mean(axis=1).to_numpy(),
            "always_hard": (share.fillna(1.0) > _HARDEST).all(axis=1).to_numpy(),
            "right": right.sum(axis=1).astype(int).to_numpy(),
            "flips": moved,
            "forgotten": (ever & (right.iloc[:, -1] == 0)).to_numpy(),
            "loss": loss.iloc[:, -1].to_numpy(),
            "lowest": before.to_numpy(),
            "rise": (loss.iloc[:, -1] - before).to_numpy(),
        }
    )


def of_kind(table: "pd.DataFrame", kind: Kind) -> "pd.DataFrame":
    """The examples of a kind, those to look at first: what rose most, flipped most, is hardest."""
    chosen, by = {
        "forgotten": (table["forgotten"], ["rise", "hardness"]),
        "flips": (table["flips"] > 0, ["flips", "rise"]),
        "hard": (table["always_hard"], ["hardness", "loss"]),
    }[kind]
    order = [*by, "example_id"]
    return table[chosen].sort_values(order, ascending=[False, False, True], kind="stable", ignore_index=True)


def _kept(run: Run) -> "pd.DataFrame":
    """By example, of the adapter that was kept: split, n_tokens, loss, `share` and `right`."""
    losses = run.losses()
    own = losses[(losses["kind"] == "snapshot") & (losses["model"] == "adapter")]
    if own.empty:
        raise RunError(f"{run.path}: no snapshot of the adapter", "name other runs")
    step = run.info.final.best_step
    own = own[own["step"] == (own["step"].max() if step is None else step)]
    own = own.drop_duplicates("example_id").set_index("example_id")
    groups = own.groupby("split")["loss"]
    share = (groups.rank() - 0.5) / groups.transform("count")
    right = (own["n_correct"] == own["n_tokens"]).astype(np.float64)
    return own[["split", "n_tokens", "loss"]].assign(share=share, right=right)


def _like(table: "pd.DataFrame", latest: "pd.DataFrame", column: str) -> "pd.Series":
    """A column for the examples of the latest run, NaN where the other run measured another text."""
    found = table.reindex(latest.index)
    return found[column].where(found["n_tokens"] == latest["n_tokens"])


def _changes(right: np.ndarray) -> np.ndarray:
    """How often each row goes from right to wrong or back, over the runs that know it."""
    flips = np.zeros(len(right), dtype=np.int64)
    last = np.full(len(right), np.nan)
    for column in right.T:
        known = ~np.isnan(column)
        flips += known & ~np.isnan(last) & (column != last)
        last = np.where(known, column, last)
    return flips
