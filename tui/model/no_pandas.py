"""pyarrow looks for pandas at the first list that it is given, to know whether that is a Series, and loading
it takes 0.2 s and 25 MB. Here nothing is one: pyarrow is told once that there is none.

Who imports pandas has it all the same, and `to_pandas` too, which looks for it anew.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import pyarrow as pa


class _Hidden(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if name == "pandas":
            raise ModuleNotFoundError(name)
        return None


def leave_pandas_out() -> None:
    """Before the first table; where pandas is loaded by then, nothing is gained."""
    hidden = _Hidden()
    sys.meta_path.insert(0, hidden)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(hidden)
