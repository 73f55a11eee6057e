"""A run against the answer key: do swapped answers stand at the top when rows are sorted by loss?

Over the training rows of the run's own version. Each signal orders the rows, most suspicious first; AUROC
is the chance that a swapped row stands above another one (Mann and Whitney, ties count half).
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from samples.scoring.built import Built, Key, place
from schemas.errors import RunError

TOP = 50


def version_of_run(folder: Path) -> str:
    """The dataset version that a run was trained on. Raises RunError."""
    try:
        return str(json.loads((folder / "run.json").read_text(encoding="utf-8"))["dataset_version"])
    except (OSError, ValueError, KeyError) as error:
        raise RunError(f"{folder}: no run ({error})", "name one that `train runs` lists") from None


def score_run(key: Key, built: Built, run: Path, top: int = TOP) -> dict[str, Any]:
    """AUROC and precision among the `top` rows for every signal, and the share that chance would give."""
    signals = training_signals(run)
    places = {example_id: at for at, example_id in built.ids.items()}
    known = signals.index.isin(list(places))
    swapped_at = {place(entry) for entry in key["swapped"]}
    faulty_at = (
        swapped_at | {place(e) for e in key["truncated"]} | {place(e["wrong"]) for e in key["contradictions"]}
    )
    swapped = pd.Series([places.get(i) in swapped_at for i in signals.index], index=signals.index)
    faulty = pd.Series([places.get(i) in faulty_at for i in signals.index], index=signals.index)
    return {
        "rows": len(signals),
        "rows_not_in_version": int((~known).sum()),
        "swapped": int(swapped.sum()),
        "faulty": int(faulty.sum()),
        "by_chance": float(swapped.mean()) if len(signals) else None,
        "top": top,
        "signals": {
            name: {
                "auroc": auroc(signals[name], swapped),
                "auroc_any_fault": auroc(signals[name], faulty),
                "swapped_in_top": int(swapped[_worst(signals[name], top)].sum()),
                "faulty_in_top": int(faulty[_worst(signals[name], top)].sum()),
            }
            for name in signals.columns
        },
    }


def training_signals(run: Path) -> pd.DataFrame:
    """One row a training example, a column a signal, higher being more suspicious.

    `loss` is what `train losses --sort loss` sorts by: the adapter's last snapshot. `answer_length` is the
    plain figure to beat.
    """
    losses = pq.read_table(run / "losses.parquet").to_pandas()
    losses = losses[losses["split"] == "train"].sort_values("step", kind="stable")
    snapshots, seen = losses[losses["kind"] == "snapshot"], losses[losses["kind"] == "seen"]
    adapter = snapshots[snapshots["model"] == "adapter"].groupby("example_id").last()
    if adapter.empty:
        raise RunError(f"{run}: no snapshot of the adapter", "train with `snapshots: [base, epoch]`")
    signals = pd.DataFrame(
        {
            "loss": adapter["loss"],
            "total_loss": adapter["nll_sum"],
            "worst_token": adapter["max_token_nll"],
            "wrong_tokens": 1 - adapter["n_correct"] / adapter["n_tokens"],
            "answer_length": adapter["n_tokens"].astype(float),
        }
    )
    base = snapshots[snapshots["model"] == "base"].groupby("example_id")["loss"].last()
    if not base.empty:
        signals["loss_less_base"] = signals["loss"] - base
        signals["loss_over_base"] = signals["loss"] / base
    if not seen.empty:
        signals["mean_seen_loss"] = seen.groupby("example_id")["loss"].mean()
    return signals


def auroc(signal: "pd.Series[float]", positive: "pd.Series[bool]") -> float | None:
    """Rows without the signal are left out. None where one side is empty."""
    measured = signal.notna()
    signal, positive = signal[measured], positive[measured]
    hits, others = int(positive.sum()), int((~positive).sum())
    if not hits or not others:
        return None
    ranks = signal.rank()
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * others))


def _worst(signal: "pd.Series[float]", top: int) -> "pd.Index[str]":
    return signal.sort_values(ascending=False, kind="stable").index[:top]
