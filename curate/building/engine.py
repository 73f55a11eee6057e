"""Where a stage runs: in this process, in a pool of processes, or on Ray. The stage cannot tell.

Row stages are cut into batches; dataset stages get every row at once. Whatever runs where, the rows, the
events and their order are the same.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Literal

from schemas.errors import MissingPackage
from schemas.example import Example
from schemas.stage import Outcome, Stage

EngineName = Literal["local", "ray"]
BATCH_ROWS = 512
POOL_ROWS = 32 * BATCH_ROWS  # fewer rows are done before a pool of processes has started

Advance = Callable[[int], None]
Map = Callable[[Stage, list[Sequence[Example]]], Iterator[Outcome]]


def run_stage(
    stage: Stage, rows: Sequence[Example], *, engine: EngineName = "local", jobs: int = 1, advance: Advance
) -> Outcome:
    """The stage over all rows. `advance` is told how many rows each finished batch had."""
    if stage.scope == "dataset":
        outcome = stage(rows)
        advance(len(rows))
        return outcome
    batches = [rows[start : start + BATCH_ROWS] for start in range(0, len(rows), BATCH_ROWS)]
    whole = Outcome([], [], [])
    for batch, outcome in zip(batches, _map(engine, jobs, len(rows))(stage, batches), strict=True):
        whole.rows.extend(outcome.rows)
        whole.events.extend(outcome.events)
        whole.pairs.extend(outcome.pairs)
        advance(len(batch))
    return whole


def _map(engine: EngineName, jobs: int, rows: int) -> Map:
    if engine == "ray":
        return _on_ray
    if jobs > 1 and rows >= POOL_ROWS:
        return lambda stage, batches: _in_pool(stage, batches, jobs)
    return lambda stage, batches: (stage(batch) for batch in batches)


def _in_pool(stage: Stage, batches: Iterable[Sequence[Example]], jobs: int) -> Iterator[Outcome]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_adopt, initargs=(stage,)) as pool:
        try:
            yield from pool.map(_apply, batches)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


_stage: Stage | None = None


def _adopt(stage: Stage) -> None:
    """Each worker gets the stage once: what it builds lazily then serves all its batches."""
    global _stage
    _stage = stage


def _apply(batch: Sequence[Example]) -> Outcome:
    assert _stage is not None
    return _stage(batch)


def _on_ray(stage: Stage, batches: list[Sequence[Example]]) -> Iterator[Outcome]:
    try:
        import ray
    except ImportError:
        raise MissingPackage.of("ray", "ray", "--engine ray") from None
    started = not ray.is_initialized()
    if started:
        ray.init(
            log_to_driver=False,
            include_dashboard=False,
            runtime_env={"env_vars": {"PYTHONSAFEPATH": "1", "PYTHONPATH": os.environ.get("PYTHONPATH", "")}},
        )
    try:
        shared = ray.put(stage)
        apply: Any = ray.remote(_call)
        yield from map(ray.get, [apply.remote(shared, batch) for batch in batches])
    finally:
        if started:
            ray.shutdown()


def _call(stage: Stage, batch: Sequence[Example]) -> Outcome:
    return stage(batch)
