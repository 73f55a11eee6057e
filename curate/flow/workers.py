"""Worker processes, which load what stages need while their first tasks are still being made.

On Linux they are forks of one process that has loaded it once for all of them (`multiprocessing`'s
forkserver; `curate.flow.inherited`); elsewhere, and where that process might take a module of the folder that
it starts in for one of ours, each loads it for itself.

Ctrl-C reaches every process of a terminal. Here it is the build's alone: these do not hear it, and what they
are at ends when the build closes them.
"""

import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
import threading
from _thread import interrupt_main
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from curate import collector
from curate.flow import inherited
from curate.flow.processes import context

_ENDS_S = 2.0  # what a task may take to notice that nobody waits for it any more


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
        closed, self._close = made.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(
            jobs, mp_context=made, initializer=_started, initargs=(closed, adopt, given)
        )
        # To start a process is to wait until the server has done what it inherits.
        self._asking = ThreadPoolExecutor(1, initializer=_deafen)
        self._unanswered: set[Future[Any]] = set()
        self._load = load
        self._loading: list[Future[object]] = []

    @property
    def ready(self) -> bool:
        """Whether one that began has loaded what it needs."""
        return any(loading.done() for loading in self._loading)

    def begin(self, workers: int) -> None:
        """Starts so many of them, and waits for none."""
        self._loading += [self.submit(self._load) for _ in range(workers)]

    def submit(self, work: Callable[..., Any], *about: Any) -> "Future[Any]":
        """What `work` returns in one of them, for which it is not waited."""
        answer: Future[Any] = Future()
        self._unanswered.add(answer)
        answer.add_done_callback(self._unanswered.discard)
        asked = self._asking.submit(self._pool.submit, _worked, work, *about)
        asked.add_done_callback(partial(_pass_on, answer))
        return answer

    def close(self) -> None:
        """Nobody waits for answers any more: those that are still to come are CancelledErrors."""
        self._close.send(None)
        self._asking.shutdown(wait=False, cancel_futures=True)
        self._pool.shutdown(wait=False, cancel_futures=True)
        wait_for(self._unanswered.copy(), _ENDS_S)
        os.environ.pop(inherited.VARIABLE, None)
        self._left.cleanup()


def _pass_on(answer: "Future[Any]", asked: "Future[Any]") -> None:
    """What became of a task, or of asking for it."""
    if asked.cancelled():
        answer.set_exception(CancelledError())
    elif error := asked.exception():
        answer.set_exception(error)
    elif isinstance(found := asked.result(), Future):
        found.add_done_callback(partial(_pass_on, answer))
    else:
        answer.set_result(found)


def _deafen() -> None:
    """What this thread starts inherits it: no Ctrl-C interrupts a process in its first moments."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


_nobody_waits = threading.Event()


def _started(closed: Connection, adopt: Callable[..., object], given: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_build, args=(closed,), daemon=True).start()
    collector.seldom_from_now_on()
    adopt(*given)


def _worked(work: Callable[..., Any], *about: Any) -> Any:
    """What a worker does; it ends in a CancelledError where nobody waits for it any more."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if _nobody_waits.is_set():
            raise CancelledError
        return work(*about)
    except KeyboardInterrupt:
        raise CancelledError from None
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end_with_build(closed: Connection) -> None:
    """A killed build cannot tell its workers, who wait for tasks and each keep the others' queue open. One
    that closes them does; a task that does not notice ends with its worker."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    if closed in wait([parent.sentinel, closed]):
        _nobody_waits.set()
        interrupt_main()  # does nothing between tasks
        wait([parent.sentinel], _ENDS_S)
    os._exit(1)
