"""Where row stages run: in this process, in a pool of processes, or on Ray. The stage cannot tell.

Features of rows are computed in the pool, too.

A task is a stage's number and some rows as an Arrow table; its answer is an Entry. Whatever runs where, the
answers and their order are the same, and only as many tasks wait as keep the workers busy. (Table stages,
which answer with a Delta, run in the build's own process: `curate.flow.work`.)
"""

import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import chain
from types import TracebackType
from typing import Any, Literal, Self

import pyarrow as pa

from curate.flow.cache import read_tables, write_tables
from curate.flow.entry import Entry, enter
from curate.flow.features import Answer, Arrays, here
from curate.flow.keys import Keys
from curate.flow.workers import Workers
from schemas.errors import MissingPackage
from schemas.row_table import rows_of
from schemas.stage import Feature, Stage

EngineName = Literal["local", "ray"]
POOL_ROWS = 16_384  # fewer rows are done before a pool of processes has started
_WAITING = 3  # tasks a worker


@dataclass(frozen=True, slots=True)
class Task:
    """Rows for a row stage; `keep_all` asks for the content of every row that stays, changed or not."""

    rows: pa.Table
    keys: Keys
    keep_all: bool


class Engine:
    """Runs the row stages of one build. Workers start with the first stage that has enough rows for them.
    `packages` are modules that features need."""

    def __init__(
        self,
        stages: Sequence[Stage],
        name: EngineName = "local",
        jobs: int = 1,
        packages: Sequence[str] = (),
    ) -> None:
        self._stages = stages
        self._name = name
        self._jobs = jobs
        self._packages = [__name__, *packages, *(each for stage in stages for each in _packages(stage))]
        self._pool: Workers | None = None
        self._computed: Counter[str] = Counter()
        self._expecting = False
        self._ray = _Ray(stages) if name == "ray" else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.close()
        if self._ray is not None:
            self._ray.close()

    def expect(self, *, many: bool = False) -> None:
        """Some rows will have to be run, if fewer than workers start for: one of them, or all for `many`
        rows, load what the stages need, while other work is done."""
        if self._ray is None and self._jobs > 1 and self._stages and not self._expecting:
            self._expecting = True
            self._workers().begin(self._jobs if many else 1)

    def run(self, stage: int, tasks: Iterable[Task]) -> Iterator[Entry]:
        """The entry of each task, in order."""
        if self._ray is not None:
            yield from self._ray.run(stage, tasks, self._jobs * _WAITING)
            return
        tasks = iter(tasks)
        first = [] if self._jobs == 1 else _first(tasks, POOL_ROWS)
        rows = sum(task.rows.num_rows for task in first)
        if rows >= POOL_ROWS or (rows and self._expecting):
            yield from self._in_pool(stage, chain(first, tasks))
        else:
            for task in chain(first, tasks):
                yield _apply(self._stages[stage], task)

    def compute(self, features: Sequence[Feature], rows: pa.Table) -> Answer:
        """Features of some rows: in the pool where it is at hand, or there were enough rows in all."""
        together = " ".join(sorted(feature.key for feature in features))
        self._computed[together] += rows.num_rows
        if self._ray is not None or self._jobs == 1:
            return here(features, rows)
        ready = self._pool is not None and self._pool.ready
        if not ready and self._computed[together] < POOL_ROWS:
            return here(features, rows)
        return self._workers().submit(_features, features, write_tables([rows])).result

    def _workers(self) -> Workers:
        if self._pool is None:
            self._pool = Workers(self._jobs, _adopt, (list(self._stages),), _load, self._packages)
        return self._pool

    def _in_pool(self, stage: int, tasks: Iterable[Task]) -> Iterator[Entry]:
        pool = self._workers()
        waiting: deque[Future[bytes]] = deque()
        for task in tasks:
            waiting.append(pool.submit(_applied, stage, *_packed(task)))
            if len(waiting) > self._jobs * _WAITING:
                yield _unpacked(waiting.popleft().result())
        while waiting:
            yield _unpacked(waiting.popleft().result())


def _packages(stage: Stage) -> tuple[str, ...]:
    """Modules that a stage needs beside its own."""
    return type(stage).__module__, *getattr(stage, "packages", ())


def _first(tasks: Iterator[Task], rows: int) -> list[Task]:
    """Tasks until there are so many rows."""
    found: list[Task] = []
    while rows > 0 and (task := next(tasks, None)) is not None:
        found.append(task)
        rows -= task.rows.num_rows
    return found


def _apply(stage: Stage, task: Task) -> Entry:
    return enter(stage, rows_of(task.rows), task.keys, task.keep_all)


_adopted: list[Stage] = []


def _adopt(stages: list[Stage]) -> None:
    """Each worker gets the stages once: what they build lazily then serves all batches."""
    _adopted[:] = stages


def _load() -> None:
    for stage in _adopted:
        stage([])


def _applied(stage: int, rows: bytes, keys: Keys, keep_all: bool) -> bytes:
    return _answer(_adopted[stage], rows, keys, keep_all)


def _features(features: Sequence[Feature], rows: bytes) -> Sequence[Arrays]:
    (table,) = read_tables(pa.py_buffer(rows))
    return here(features, table)()


def _answer(stage: Stage, rows: bytes, keys: Keys, keep_all: bool) -> bytes:
    (table,) = read_tables(pa.py_buffer(rows))
    return write_tables(_apply(stage, Task(table, keys, keep_all)).tables())


def _packed(task: Task) -> tuple[bytes, Keys, bool]:
    return write_tables([task.rows]), task.keys, task.keep_all


def _unpacked(answer: bytes) -> Entry:
    return Entry.of_tables(read_tables(pa.py_buffer(answer)))


class _Ray:
    def __init__(self, stages: Sequence[Stage]) -> None:
        try:
            import ray
        except ImportError:
            raise MissingPackage.of("ray", "ray", "--engine ray") from None
        self._package: Any = ray
        self._started = not ray.is_initialized()
        if self._started:
            path = os.environ.get("PYTHONPATH", "")
            ray.init(
                log_to_driver=False,
                include_dashboard=False,
                runtime_env={"env_vars": {"PYTHONSAFEPATH": "1", "PYTHONPATH": path}},
            )
        self._stages = [ray.put(stage) for stage in stages]
        self._remote: Any = ray.remote(_answer)

    def run(self, stage: int, tasks: Iterable[Task], most: int) -> Iterator[Entry]:
        waiting: deque[Any] = deque()
        for task in tasks:
            waiting.append(self._remote.remote(self._stages[stage], *_packed(task)))
            if len(waiting) > most:
                yield _unpacked(self._package.get(waiting.popleft()))
        while waiting:
            yield _unpacked(self._package.get(waiting.popleft()))

    def close(self) -> None:
        if self._started:
            self._package.shutdown()
