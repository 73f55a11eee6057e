"""Pandas, kept from being loaded by whoever makes an Arrow array of a list.

To tell a list from a series pyarrow asks pandas, and loads it for that: a quarter of the time that a build's
imports take, in each of its processes. Whether there is pandas it looks up once. Later it looks again only
for what cannot do without, such as a table that is to become a data frame.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from typing import Any

_PANDAS = "pandas"


def arrange() -> None:
    """In a process of our own, before pyarrow has looked."""
    if _PANDAS in sys.modules:
        return
    import pyarrow as pa

    with _nowhere():
        pa.array([])


@contextmanager
def _nowhere() -> Iterator[None]:
    sys.meta_path.insert(0, _Refusing)
    try:
        yield
    finally:
        sys.meta_path.remove(_Refusing)


class _Refusing:
    """A finder that says that there is no pandas."""

    @staticmethod
    def find_spec(name: str, *_: Any) -> ModuleSpec | None:
        if name == _PANDAS:
            raise ModuleNotFoundError(name)
        return None
