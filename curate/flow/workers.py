"""Worker processes, which load what stages need while their first tasks are still being made.

On Linux they are forks of one process that has loaded it once for all of them (`multiprocessing`'s
forkserver; `curate.flow.inherited`); elsewhere, and where that process might take a module of the folder that
it starts in for one of ours, each loads it for itself.
"""

import multiprocessing
import os
import pickle
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from curate import collector
from curate.flow import inherited
from curate.flow.processes import context


class Workers:
    """`jobs` processes, none of which starts before it is needed. Each calls `adopt(*given)` first. `load` is
    what those that `begin` do before their first task, `before` is what is done of it before they are forked;
    it starts no threads, which no fork has. `scratch` is a folder that outlives these."""

    def __init__(
        self,
        jobs: int,
        adopt: Callable[..., object],
        given: tuple[Any, ...],
        load: Callable[[], object],
        before: Sequence[Callable[[], object]],
        scratch: Path | None = None,
    ) -> None:
        forked = sys.platform == "linux" and bool(os.environ.get("PYTHONSAFEPATH"))
        made = context("forkserver" if forked else "spawn")
        self._left = tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True)
        if forked:
            file = Path(self._left.name, "before")
            file.write_bytes(pickle.dumps(list(before)))
            os.environ[inherited.VARIABLE] = str(file)
            made.set_forkserver_preload([inherited.__name__])
        self._pool = ProcessPoolExecutor(jobs, mp_context=made, initializer=_started, initargs=(adopt, given))
        self._asking = ThreadPoolExecutor(1)
        self._load = load
        self._loading: list[Future[object]] = []

    @property
    def ready(self) -> bool:
        """Whether one that began has loaded what it needs."""
        return any(loading.done() for loading in self._loading)

    def begin(self, workers: int) -> None:
        """Starts so many of them, and waits for none."""
        # To start one is to wait until the server has done what they inherit.
        threading.Thread(target=self._begin, args=(workers,), daemon=True).start()

    def submit(self, work: Callable[..., Any], *about: Any) -> "Future[Any]":
        """What `work` returns in one of them, for which it is not waited."""
        answer: Future[Any] = Future()
        self._asking.submit(self._ask, answer, work, about)
        return answer

    def close(self) -> None:
        """Nobody waits for answers any more."""
        self._asking.shutdown(wait=False, cancel_futures=True)
        self._pool.shutdown(wait=False, cancel_futures=True)
        os.environ.pop(inherited.VARIABLE, None)
        self._left.cleanup()

    def _ask(self, answer: "Future[Any]", work: Callable[..., Any], about: tuple[Any, ...]) -> None:
        try:
            asked = self._pool.submit(work, *about)
        except RuntimeError as error:  # broken, or closed meanwhile
            answer.set_exception(error)
        else:
            asked.add_done_callback(partial(_pass_on, answer))

    def _begin(self, workers: int) -> None:
        for _ in range(workers):
            try:
                self._loading.append(self._pool.submit(self._load))
            except RuntimeError:  # closed meanwhile; or broken, as the first task will say
                return


def _pass_on(answer: "Future[Any]", asked: "Future[Any]") -> None:
    if asked.cancelled():
        answer.cancel()
    elif error := asked.exception():
        answer.set_exception(error)
    else:
        answer.set_result(asked.result())


def _started(adopt: Callable[..., object], given: tuple[Any, ...]) -> None:
    """A killed build cannot tell its workers, who wait for tasks and each keep the others' queue open."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    collector.seldom_from_now_on()
    adopt(*given)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
