"""Worker processes of a program that may be a plain script.

A process that `multiprocessing` starts anew runs the program's own file again, to know what is defined in it.
A script without `if __name__ == "__main__":` would begin the whole build again in every worker, and end in an
error about bootstrapping. What workers of a build do is defined in packages alone, so these never run it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import spawn
from multiprocessing.context import ForkServerContext, ForkServerProcess, SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from typing import Any, Literal

_MAIN = ("init_main_from_name", "init_main_from_path")
_one_at_a_time = threading.Lock()


class _Spawned(SpawnProcess):
    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:
        with _main_left_alone():
            return SpawnProcess._Popen(process_obj)


class _Forked(ForkServerProcess):
    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:
        with _main_left_alone():
            return ForkServerProcess._Popen(process_obj)


class _Spawning(SpawnContext):
    Process = _Spawned


class _Forking(ForkServerContext):
    Process = _Forked


def context(method: Literal["spawn", "forkserver"]) -> SpawnContext | ForkServerContext:
    """As `multiprocessing.get_context`, of processes that do not run the main module."""
    return _Forking() if method == "forkserver" else _Spawning()


@contextmanager
def _main_left_alone() -> Iterator[None]:
    """What this thread starts meanwhile is told nothing of the main module; other threads' processes are."""
    own = threading.get_ident()
    with _one_at_a_time:
        asked = spawn.get_preparation_data

        def prepared(name: str) -> dict[str, Any]:
            found = asked(name)
            if threading.get_ident() != own:
                return found
            return {key: value for key, value in found.items() if key not in _MAIN}

        spawn.get_preparation_data = prepared
        try:
            yield
        finally:
            spawn.get_preparation_data = asked
