"""Where a stage runs changes nothing: one process, a pool or Ray give the same answers in order."""

import importlib.util
import os

import pytest
from boom import Boom
from where import Where

from curate.flow.engine import POOL_ROWS, Engine, EngineName, Task
from curate.flow.keys import row_keys
from curate.stages.normalise import Normalise
from schemas.example import Example, Message
from schemas.row_table import rows_table

ROWS = [
    Example(f"{n:020x}", (Message("user", f"q {n} "), Message("assistant", "a" * (n % 3))), "raw/a.jsonl", n)
    for n in range(POOL_ROWS + 100)
]


def tasks(size: int = 1000) -> list[Task]:
    batches = [ROWS[start : start + size] for start in range(0, len(ROWS), size)]
    return [Task(rows_table(batch), row_keys(batch), keep_all=False) for batch in batches]


def run(engine: EngineName, jobs: int) -> list[object]:
    with Engine([Boom(), Normalise()], engine, jobs) as workers:
        found = list(workers.run(1, tasks()))
    return [
        (e.keys.tolist(), e.verdicts.tolist(), e.events.to_pylist(), e.contents.to_pylist()) for e in found
    ]


@pytest.mark.parametrize(("engine", "jobs"), [("local", 2), ("ray", 2)])
def test_every_engine_gives_the_same(engine: EngineName, jobs: int) -> None:
    if engine == "ray" and importlib.util.find_spec("ray") is None:
        pytest.skip("ray is not installed")
    here = run("local", 1)
    assert len(here) == len(tasks())
    assert run(engine, jobs) == here


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


def test_an_error_in_a_worker_arrives() -> None:
    with pytest.raises(ZeroDivisionError), Engine([Boom()], jobs=2) as workers:
        list(workers.run(0, tasks()))
