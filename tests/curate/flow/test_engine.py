"""Where a stage runs changes nothing: one process, a pool or Ray give the same answers in order."""

import importlib.util
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import sparing
from boom import Boom
from telling import Telling
from where import Where

from curate.flow.applying import applied
from curate.flow.engine import POOL_ROWS, Engine, EngineName, Task
from curate.flow.entry import Entry
from curate.flow.keys import row_keys
from curate.stages.normalise import Normalise
from curate.stages.quality import Quality
from schemas.example import Example, Message
from schemas.recipe import Quality as Settings
from schemas.row_table import rows_table
from schemas.stage import Stage

ROWS = [
    Example(f"{n:020x}", (Message("user", f"q {n} "), Message("assistant", "a" * (n % 3))), "raw/a.jsonl", n)
    for n in range(POOL_ROWS + 100)
]


def tasks(size: int = 1000) -> list[Task]:
    batches = [ROWS[start : start + size] for start in range(0, len(ROWS), size)]
    return [Task(rows_table(batch), row_keys(batch)) for batch in batches]


def run(engine: EngineName, jobs: int, stage: Stage) -> list[object]:
    with Engine([Boom(), stage], engine, jobs) as workers:
        found = list(workers.run(1, tasks()))
    return [
        (e.keys.tolist(), e.verdicts.tolist(), e.events.to_pylist(), e.contents.to_pylist()) for e in found
    ]


@pytest.mark.parametrize("engine", ["local", "ray"])
def test_every_engine_gives_the_same(engine: EngineName, monkeypatch: pytest.MonkeyPatch) -> None:
    if engine == "ray" and importlib.util.find_spec("ray") is None:
        pytest.skip("ray is not installed")
    monkeypatch.setenv("PYTHONPATH", str(Path(sparing.__file__).parent))  # for Ray's workers
    here = run("local", 1, Normalise())
    assert len(here) == len(tasks())
    assert run(engine, 2, sparing.SparingNormalise()) == here


def test_measures_come_back_from_workers_and_may_be_given_to_them() -> None:
    quality = Quality(Settings(min_words=1))
    alone = [applied(quality, task.rows, task.keys) for task in tasks()]
    with Engine([quality], jobs=2) as workers:
        found = list(workers.run(0, tasks()))
        known = [replace(t, known=arrays(e)) for t, e in zip(tasks(), found, strict=True)]
        again = list(workers.run(0, known))
    for entries in (found, again):
        for one, other in zip(entries, alone, strict=True):
            assert one.verdicts.tolist() == other.verdicts.tolist()
            assert one.events.equals(other.events)
            assert [table.to_pydict() for table in one.measured] == [t.to_pydict() for t in other.measured]
    assert len(found[0].measured) == 1


def arrays(entry: Entry) -> list[dict[str, Any]]:
    return [{name: table.column(name).to_numpy() for name in table.column_names} for table in entry.measured]


@pytest.mark.parametrize("safe", ["1", ""])
def test_workers_that_are_expected_are_asked_for_few_rows_too(
    monkeypatch: pytest.MonkeyPatch, safe: str
) -> None:
    monkeypatch.setenv("PYTHONSAFEPATH", safe)  # with it, workers are forks of a server
    few = tasks()[:1]
    with Engine([Where()], jobs=2) as workers:
        workers.expect(many=True)
        (entry,) = workers.run(0, few)
    flagged = {event["reason"] for event in entry.events.to_pylist()}
    assert len(flagged) == 1
    assert flagged != {str(os.getpid())}


def test_workers_make_what_stages_need_when_they_have_done_what_they_were_given(tmp_path: Path) -> None:
    with Engine([Telling(tmp_path)], jobs=2) as workers:
        workers.prepare()  # nobody was expected
        workers.expect(many=True)
        assert workers.soon(os.getpid).result(60) != os.getpid()
        assert not any(tmp_path.iterdir())
        workers.prepare()
        until = time.monotonic() + 60
        while not any(tmp_path.iterdir()) and time.monotonic() < until:
            time.sleep(0.05)
    assert str(os.getpid()) not in [file.name for file in tmp_path.iterdir()]
    assert any(tmp_path.iterdir())


def test_threads_that_are_the_first_to_need_workers_share_them(tmp_path: Path) -> None:
    together = Barrier(4)

    def process() -> int:
        together.wait()
        return workers.soon(os.getpid).result(60)

    with Engine([], jobs=1, scratch=tmp_path) as workers, ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(process) for _ in range(4)]
        assert len({one.result() for one in asked}) == 1
        assert len(list(tmp_path.iterdir())) == 1


def test_an_error_in_a_worker_arrives() -> None:
    with pytest.raises(ZeroDivisionError), Engine([Boom()], jobs=2) as workers:
        list(workers.run(0, tasks()))
