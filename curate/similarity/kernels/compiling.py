"""How kernels are compiled: on the first call, and kept on disk for the next process where that can be.

Numba keeps compiled code beside the source or in the user's cache folder (NUMBA_CACHE_DIR names another).
Without any of them every process compiles anew, some seconds.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compiles `function`; it runs without the interpreter's lock. Integers wrap around."""
    try:
        compiled = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:  # no folder for the cache
        compiled = numba.njit(nogil=True, error_model="numpy")(function)
    return cast(Function, compiled)
