"""Where a stage runs changes nothing: one process, a pool or Ray give the same rows and events in order."""

import importlib.util

import pytest
from boom import Boom

from curate.building.engine import POOL_ROWS, EngineName, run_stage
from curate.stages.normalise import Normalise
from schemas.example import Example, Message
from schemas.stage import Outcome

ROWS = [
    Example(f"{n:020x}", (Message("user", f"q {n} "), Message("assistant", "a" * (n % 3))), "raw/a.jsonl", n)
    for n in range(POOL_ROWS + 100)
]


def run(engine: EngineName, jobs: int) -> tuple[Outcome, int]:
    seen: list[int] = []
    outcome = run_stage(Normalise(), ROWS, engine=engine, jobs=jobs, advance=seen.append)
    return outcome, sum(seen)


@pytest.mark.parametrize(("engine", "jobs"), [("local", 2), ("ray", 2)])
def test_every_engine_gives_the_same(engine: EngineName, jobs: int) -> None:
    if engine == "ray" and importlib.util.find_spec("ray") is None:
        pytest.skip("ray is not installed")
    here, progress = run("local", 1)
    there, _ = run(engine, jobs)
    assert progress == len(ROWS)
    assert here.events
    assert there == here


def test_an_error_in_a_worker_arrives() -> None:
    with pytest.raises(ZeroDivisionError):
        run_stage(Boom(), ROWS, jobs=2, advance=lambda _: None)
