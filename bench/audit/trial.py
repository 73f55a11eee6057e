"""One trial: a fault planted in B, B trained, the audit of A and B, and how well it did."""

import random
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

import train
from bench.audit.desk import Desk, Size, rebuilt, trained
from bench.audit.faults import guilty_rows, plant
from bench.audit.rules import TASKS
from samples.scoring.run import auroc
from train.auditing.audit import Audit
from train.progress import Silent

SCORED = ("gradient", "surprise", "contradiction", "embedding", "nearness", "rank")


def trial(desk: Desk, fault: str, seed: int, size: Size) -> dict[str, Any]:
    """`worse`: a regression was told. `named`: the slice stands among what got worse, `alone` as the only
    one of the four, `setting` whether a setting was told that may be why. Of the planted rows among the
    changed ones: AUROC and precision at as many by signal, None where a signal says nothing of them."""
    import pandas as pd

    rng = random.Random(f"{fault}:{seed}")
    task = TASKS[(seed + len(fault)) % len(TASKS)]
    planted = plant(fault, desk, task, rng, size)
    started = time.monotonic()
    version = rebuilt(desk, planted.edits, planted.more)
    b = trained(desk.workspace, version, seed, planted.rate)
    between = time.monotonic()
    found = train.audit(
        desk.a, b, recipe=desk.workspace.recipe_path, measure=bool(planted.guilty), progress=Silent()
    )
    ended = time.monotonic()
    suspects = found.suspects
    changed = [found.data.example(name) for name in suspects["example_id"]]
    guilty = suspects["example_id"].isin(guilty_rows(planted, changed)).to_numpy(bool)
    scores: dict[str, Any] = {}
    for name in SCORED:
        if guilty.any() and not guilty.all() and name in suspects:
            values = suspects[name].fillna(-np.inf).to_numpy(np.float64)
            spoken = bool(suspects.loc[guilty, name].notna().any())
            scores[name] = {
                "auroc": auroc(pd.Series(values), pd.Series(guilty)) if spoken else None,
                "precision": _precision(values, guilty) if spoken else None,
            }
    return {
        "fault": fault,
        "seed": seed,
        "task": task,
        "b": b.id,
        "worse": found.regression,
        "named": task in _tags(found),
        "alone": _tags(found) == {task},
        "setting": bool(found.confounders),
        "verdict": found.to_dict()["verdict"],
        "candidates": len(suspects),
        "planted": int(guilty.sum()),
        "scores": scores,
        "unmeasured": list(found.not_measured),
        "gradient_passes": found.measured.passes if found.measured else 0,
        "gradient_s": found.measured.seconds if found.measured else 0.0,
        "train_s": between - started,
        "audit_s": ended - between,
    }


def _tags(found: Audit) -> set[str]:
    """The tasks whose slice got worse."""
    return {one.name for one in found.worse if one.by == "tag"}


def _precision(values: NDArray[np.float64], guilty: NDArray[np.bool_]) -> float:
    """Of as many of the most suspect rows as were planted, the share that were. Equal ones in no order."""
    k = int(guilty.sum())
    bar = np.sort(values)[-k]
    above, level = values > bar, values == bar
    share = (k - above.sum()) / level.sum()
    return float((guilty[above].sum() + share * guilty[level].sum()) / k)
