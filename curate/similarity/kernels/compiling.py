"""How kernels are compiled: on the first call, and kept on disk for the next process where that can be.

Numba keeps compiled code beside the source or in the user's cache folder (NUMBA_CACHE_DIR names another).
Without any of them every process compiles anew, some seconds.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.np import linalg

Function = TypeVar("Function", bound=Callable[..., Any])


def _load_without_blas() -> None:
    """Before its first kernel numba loads `scipy.linalg`, a fifth of a second, to know whether there is one.
    No kernel multiplies matrices."""

    def missing() -> None:
        raise ImportError("no BLAS is looked for")

    ensured = linalg.ensure_blas
    linalg.ensure_blas = missing
    try:
        import_module("numba.np.arraymath")
    finally:
        linalg.ensure_blas = ensured


_load_without_blas()


def kernel(function: Function) -> Function:
    """Compiles `function`; it runs without the interpreter's lock. Integers wrap around."""
    try:
        compiled = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:  # no folder for the cache
        compiled = numba.njit(nogil=True, error_model="numpy")(function)
    return cast(Function, compiled)


def is_compiled(kernel: Any) -> bool:
    """Whether compiled code of a kernel's source lies on disk."""
    function, folder = kernel.py_func, kernel.stats.cache_path
    source = Path(function.__code__.co_filename)
    kept = Path(folder).glob(f"{source.stem}.{function.__name__}-*.nbi") if folder else ()
    return any(index.stat().st_mtime >= source.stat().st_mtime for index in kept)
