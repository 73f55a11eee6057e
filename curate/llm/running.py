"""A coroutine run to its end from code that knows nothing of loops, Ctrl-C included."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

_T = TypeVar("_T")


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """Also where a loop is running already, as in a notebook. Ctrl-C cancels `work`, which may take its time
    to end; then KeyboardInterrupt goes on."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    return _beside(work)


def _beside(work: Coroutine[Any, Any, _T]) -> _T:
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[_T]]] = Future()

    async def told() -> _T:
        task = asyncio.ensure_future(work)
        started.set_result((asyncio.get_running_loop(), task))
        return await task

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(asyncio.run, told())
        try:
            return running.result()
        except KeyboardInterrupt:
            loop, task = started.result()
            if not loop.is_closed():
                loop.call_soon_threadsafe(task.cancel)
            raise
