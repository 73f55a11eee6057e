"""Python's collector of cycles, kept from looking through rows again and again.

Rows are many objects, none of them in a cycle: they go when nobody holds them any more. With its own settings
the collector looks for cycles whenever there are 700 objects more, which takes a tenth of a build's time.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = 200_000, 10, 10  # objects more; times that the young were looked at; times that the older ones were


@contextmanager
def seldom() -> Iterator[None]:
    """While this runs, the collector waits for many objects more."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def seldom_from_now_on() -> None:
    """In a process of our own; what is there already it never looks at again, which also leaves memory shared
    that a fork shares."""
    gc.freeze()
    gc.set_threshold(*_SELDOM)
