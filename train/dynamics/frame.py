"""The dynamics of a run as one table: a row per example, a column per signal."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from schemas.arrays import Floats
from train.dynamics import noise as ranks
from train.dynamics import signals
from train.dynamics.answers import read_answers
from train.dynamics.course import Course, read_course
from train.dynamics.predictions import read_predictions
from train.store import Run

if TYPE_CHECKING:
    import pandas as pd


def example_dynamics(run: Run) -> "pd.DataFrame":
    """A row per example of the run, in the order in which it measured them first; `SIGNALS` says what each
    column means. NaN where too little was measured. Raises RunError where the losses cannot be read.

    Beside the signals: `example_id`, `split`, `n_tokens`, `truncated`, `step` (of the last snapshot),
    `base_loss`, `region` (easy, ambiguous, hard or None), `followed` (by `snapshot` or as `seen`), and
    `noise_late` and its like, the parts of `noise`; of a classification `label`, `predicted`, `probability`.
    """
    import pandas as pd

    course = read_course(run)
    moments, by_snapshot = signals.trajectory(course)
    sure, varies = signals.confidence(moments), signals.variability(moments)
    loss = signals.last(course.snapshots.loss)
    worst = signals.last(course.snapshots.max_token_nll)
    answers = read_answers(run, course)
    table = pd.DataFrame(
        {
            "example_id": course.example_ids.to_pandas(),
            "split": course.split,
            "n_tokens": course.n_tokens,
            "truncated": course.truncated,
            "step": signals.last(course.snapshots.step),
            "loss": loss,
            "base_loss": course.base,
            "gain": course.base - loss,
            "rise": loss - signals.lowest(course.snapshots.loss),
            "seen_loss": signals.mean(course.seen.loss),
            "first_loss": signals.first(course.seen.loss),
            "worst_token": worst,
            "confidence": sure,
            "variability": varies,
            "correctness": signals.correctness(moments),
            "region": _named(signals.regions(sure, varies, course.split == "train")),
            "learned": signals.learned(moments),
            "forgettings": signals.forgettings(moments),
            "forgotten": signals.forgotten(moments),
            "slope": signals.slope(moments),
            "followed": np.where(by_snapshot, "snapshot", "seen"),
            "ifd": signals.quotient(answers.loss, answers.alone),
            "ifd_base": signals.quotient(course.base, answers.alone_base),
        }
    )
    noise = ranks.noise(_suspicion(table, course), course.split, course.n_tokens)
    return pd.concat([table, noise, read_predictions(run, course)], axis=1)


def _suspicion(table: "pd.DataFrame", course: Course) -> dict[str, Floats]:
    first = signals.first(course.seen.loss)
    return {
        "late": table["loss"].to_numpy(),
        "slow": -table["confidence"].to_numpy(),
        "token": table["worst_token"].to_numpy(),
        "first": ranks.against_its_time(first, signals.first(course.seen.step)),
    }


def _named(where: NDArray[np.int8]) -> NDArray[np.object_]:
    return np.array([*signals.REGIONS, None], dtype=object)[where]
