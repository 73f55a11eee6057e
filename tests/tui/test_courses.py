"""How losses went over a run, by row: the same from the mapped file as from the run's table."""

from typing import Any

import pytest

from train.dynamics.course import read_course
from train.store import open_run
from tui.model import mapped as module
from tui.model.courses import Courses
from tui.model.mapped import Mapped
from tui.model.workbench import Workbench


@pytest.mark.parametrize("worth", [1, 10**9])
def test_each_row_has_its_own_course(bench: Workbench, monkeypatch: Any, worth: int) -> None:
    monkeypatch.setattr(module, "WORTH_ROWS", worth)
    assert bench.run is not None
    run, corpus = open_run(bench.workspace, bench.run.id), bench.review.corpus
    course = read_course(run)
    said: list[str] = []
    for _ in range(2):  # laid out, then mapped
        found = Courses.open(run, corpus, Mapped(bench.workspace, said.append))
        assert found.measured.all()
        assert found.epochs == tuple(course.snapshots.epoch.tolist())
        for at, name in enumerate(course.example_ids.to_pylist()):
            row = corpus.row_of(name)
            assert found.base[row] == course.base[at]
            assert [loss[row] for loss in found.snapshots] == course.snapshots.loss[at].tolist()
    assert len(said) == (worth == 1)
