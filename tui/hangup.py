"""When the terminal is gone: the line dropped, its window was closed.

A program that controls its terminal gets SIGHUP. One that does not (under `setsid`, in some containers) reads
the end of its input over and over, at the full speed of a core: so the terminal is asked, too, once a second.
"""

import asyncio
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress

from textual.app import App

EXIT_CODE = 128 + signal.SIGHUP
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL
_EVERY_S = 1.0


def watch(app: App[int], leave: Callable[[], None]) -> None:
    """`leave` is called in the app's thread, once or more often."""
    if app.is_headless or sys.__stdin__ is None:
        return
    with suppress(NotImplementedError, ValueError):  # not on Windows, nor outside the main thread
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, leave)
    fd = sys.__stdin__.fileno()
    app.set_interval(_EVERY_S, lambda: leave() if _gone(fd) else None)


def _gone(fd: int) -> bool:
    asked = select.poll()
    asked.register(fd, 0)
    return any(event & _GONE for _, event in asked.poll(0))
