"""Python looks for garbage by going through all objects, 0.2 s for those of 100,000 decisions, and
a key waits for that. While a thread reads, nothing is looked for, and what it has read is left out
from then on: it goes when nothing names it any more, as almost everything does.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

MANY = 50_000  # objects: fewer are gone through in a few milliseconds
_PATIENCE_S = 1.0
_turn = Lock()
_lock = Lock()
_reading = 0


@contextmanager
def nothing_collected() -> Iterator[None]:
    """In any thread, and in several at once."""
    global _reading
    with _lock:
        _reading += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _reading -= 1
            if not _reading:
                if gc.get_count()[0] > MANY:
                    gc.freeze()
                gc.enable()


@contextmanager
def in_turn() -> Iterator[None]:
    """One thread reads at a time: then the keys get half of Python's lock, beside four threads a fifth. What
    takes long is not waited for."""
    got = _turn.acquire(timeout=_PATIENCE_S)
    try:
        yield
    finally:
        if got:
            _turn.release()
