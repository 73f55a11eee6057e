"""Where row stages run: in this process, in a pool of processes, or on Ray. The stage cannot tell.

Features of rows are computed in the pool, too.

A task is a stage's number and some rows as an Arrow table; its answer is an Entry. Whatever runs where, the
answers and their order are the same, and only as many tasks wait as keep the workers busy. (Table stages,
which answer with a Delta, run in the build's own process: `curate.flow.work`.)
"""

import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import pyarrow as pa

from curate.flow.applying import applied, load
from curate.flow.cache import read_tables, write_tables
from curate.flow.computing import Computing, Done, here
from curate.flow.entry import Entry, enter
from curate.flow.keys import Keys
from curate.flow.parcels import Parcels, opened
from curate.flow.workers import Workers
from curate.sparing import Known
from schemas.errors import MissingPackage
from schemas.row_table import rows_of
from schemas.stage import MakingStage, Stage, TableStage

EngineName = Literal["local", "ray"]
Result = TypeVar("Result")
Load = Callable[[], object]
POOL_ROWS = 16_384  # fewer rows are done before a pool of processes has started
_WAITING = 3  # tasks a worker


@dataclass(frozen=True, slots=True)
class Task:
    """Rows for a row stage; `known` are those of its measures of them that are. `seen` says that it has told
    already which rows it leaves alone."""

    rows: pa.Table
    keys: Keys
    known: Known = ()
    seen: bool = False


class Engine:
    """Runs the row stages of one build. Workers start with the first stage that has enough rows for them.
    `loads` make what features need once in a process, `scratch` is a folder for rows on their way to
    workers."""

    def __init__(
        self,
        stages: Sequence[Stage],
        name: EngineName = "local",
        jobs: int = 1,
        loads: Sequence[Load] = (),
        scratch: Path | None = None,
    ) -> None:
        self._stages = stages
        self._name = name
        self._jobs = jobs
        self._loads = loads
        self._scratch = scratch
        self._pool: Workers | None = None
        self._parcels: Parcels | None = None
        self._making = Lock()  # several threads may be the first to need either
        self._computed: Counter[str] = Counter()
        self._expected = 0
        self._ray = _Ray(stages) if name == "ray" else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.close()
        if self._parcels is not None:
            self._parcels.close()
        if self._ray is not None:
            self._ray.close()

    def expect(self, *, many: bool = False) -> None:
        """Some rows will have to be run, if fewer than workers start for: one of them, or all for `many`
        rows, start while other work is done."""
        if self._ray is None and self._jobs > 1 and self._stages and not self._expected:
            self._expected = self._jobs if many else 1
            self._workers().begin(self._expected)

    def prepare(self) -> None:
        """Workers that were expected make what the stages need, when they have done what they were given."""
        for _ in range(self._expected):
            self._workers().submit(_load_stages)

    def run(self, stage: int, tasks: Iterable[Task]) -> Iterator[Entry]:
        """The entry of each task, in order."""
        if self._ray is not None:
            yield from self._ray.run(stage, tasks, self._jobs * _WAITING)
            return
        tasks = iter(tasks)
        first = [] if self._jobs == 1 else _first(tasks, POOL_ROWS)
        rows = sum(task.rows.num_rows for task in first)
        if rows >= POOL_ROWS or (rows and self._expected):
            yield from self._in_pool(stage, chain(first, tasks))
        else:
            for task in chain(first, tasks):
                yield _applied(self._stages[stage], task)

    @property
    def pooled(self) -> bool:
        """Whether worker processes are at hand, or will soon be."""
        return self._expected > 0

    @property
    def ready(self) -> bool:
        """Whether worker processes are at hand."""
        return self._pool is not None and self._pool.ready

    def soon(self, work: "Callable[..., Result]", *about: Any) -> "Future[Result]":
        """What `work` returns, in one of them."""
        return self._workers().submit(work, *about)

    def compute(self, computing: Computing, rows: pa.Table) -> Done:
        """Features of some rows: in the pool where it is at hand, or there were enough rows in all."""
        self._computed[computing.name] += rows.num_rows
        if self._ray is not None or self._jobs == 1:
            return here(computing, rows)
        if not self.ready and self._computed[computing.name] < POOL_ROWS:
            return here(computing, rows)
        return self._workers().submit(_compute, computing, self._packed(rows)).result

    def _workers(self) -> Workers:
        with self._making:
            if self._pool is None:
                given = list(self._stages), list(self._loads)
                self._pool = Workers(self._jobs, _adopt, given, _load, self._loads, self._scratch)
            return self._pool

    def _packed(self, rows: pa.Table) -> Path:
        with self._making:
            if self._parcels is None:
                self._parcels = Parcels(self._scratch)
        return self._parcels.packed(rows)

    def _in_pool(self, stage: int, tasks: Iterable[Task]) -> Iterator[Entry]:
        pool = self._workers()
        waiting: deque[Future[bytes]] = deque()
        for task in tasks:
            rows = self._packed(task.rows)
            waiting.append(pool.submit(_answer_adopted, stage, rows, task.keys, task.known, task.seen))
            if len(waiting) > self._jobs * _WAITING:
                yield _unpacked(waiting.popleft().result())
        while waiting:
            yield _unpacked(waiting.popleft().result())


def is_light(stage: Stage | TableStage | MakingStage) -> bool:
    """Whether the stage says that no model and no code of the user's is in it, and to ask it costs little."""
    return bool(getattr(stage, "light", False))


def _first(tasks: Iterator[Task], rows: int) -> list[Task]:
    """Tasks until there are so many rows."""
    found: list[Task] = []
    while rows > 0 and (task := next(tasks, None)) is not None:
        found.append(task)
        rows -= task.rows.num_rows
    return found


def _applied(stage: Stage, task: Task) -> Entry:
    if task.seen:
        return enter(stage, rows_of(task.rows), task.keys, keep_all=False)
    return applied(stage, task.rows, task.keys, task.known)


_adopted: list[Stage] = []
_adopted_loads: list[Load] = []


def _adopt(stages: list[Stage], loads: list[Load]) -> None:
    """Each worker gets the stages once: what they build lazily then serves all batches."""
    _adopted[:] = stages
    _adopted_loads[:] = loads


def adopted(stage: int) -> Stage:
    """The stage of that number, in a worker."""
    return _adopted[stage]


def _load() -> None:
    for make in _adopted_loads:
        make()


def _load_stages() -> None:
    for stage in _adopted:
        load(stage)


def _answer_adopted(stage: int, rows: Path, keys: Keys, known: Known, seen: bool) -> bytes:
    return _answer(adopted(stage), Task(opened(rows), keys, known, seen))


def _compute(computing: Computing, rows: Path) -> None:
    computing(opened(rows))


def _answer_anywhere(stage: Stage, rows: bytes, keys: Keys, known: Known, seen: bool) -> bytes:
    (table,) = read_tables(pa.py_buffer(rows))
    return _answer(stage, Task(table, keys, known, seen))


def _answer(stage: Stage, task: Task) -> bytes:
    return write_tables(_applied(stage, task).tables())


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
        self._remote: Any = ray.remote(_answer_anywhere)

    def run(self, stage: int, tasks: Iterable[Task], most: int) -> Iterator[Entry]:
        waiting: deque[Any] = deque()
        for task in tasks:
            about = write_tables([task.rows]), task.keys, task.known, task.seen
            waiting.append(self._remote.remote(self._stages[stage], *about))
            if len(waiting) > most:
                yield _unpacked(self._package.get(waiting.popleft()))
        while waiting:
            yield _unpacked(self._package.get(waiting.popleft()))

    def close(self) -> None:
        if self._started:
            self._package.shutdown()
