"""The losses of answers without their prompts, as `train ifd` wrote them into `answers.parquet`.

IFD, the instruction-following difficulty of Li et al. 2024 (From Quantity to Quality): the loss of an answer
after its prompt over the loss of the same tokens without it. Near 1 or above, the prompt does not help to say
the answer: it may belong to another question.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.arrays import Floats
from train.dynamics.course import Course
from train.dynamics.signals import last
from train.store import Run

FILE = "answers.parquet"


@dataclass(frozen=True, slots=True)
class Answers:
    """By row of a course, nats per trained token: `alone` of the kept adapter and `loss` of the same adapter
    after the prompt, `alone_base` of the untuned model. NaN where not measured."""

    alone: Floats
    loss: Floats
    alone_base: Floats


def read_answers(run: Run, course: Course) -> Answers:
    """NaN throughout where `train ifd` was not run. Raises RunError where its table is damaged."""
    nothing = np.full(len(course), np.nan)
    if not (run.path / FILE).is_file():
        return Answers(nothing, nothing, nothing)
    table = run.read(FILE, ("example_id", "model", "step", "loss"))
    adapter = table.filter(pc.equal(table["model"], "adapter"))
    step = _placed(course, adapter, "step")
    same = course.snapshots.step == step[:, None]
    return Answers(
        alone=_placed(course, adapter, "loss"),
        loss=last(np.where(same, course.snapshots.loss, np.nan)),
        alone_base=_placed(course, table.filter(pc.equal(table["model"], "base")), "loss"),
    )


def _placed(course: Course, table: pa.Table, column: str) -> Floats:
    at = pc.index_in(table["example_id"], value_set=course.example_ids)
    known = np.asarray(pc.is_valid(at))
    placed = np.full(len(course), np.nan)
    placed[np.asarray(pc.fill_null(at, 0))[known]] = table[column].to_numpy()[known]
    return placed
