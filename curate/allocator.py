"""The C library's allocator, kept from giving memory back that a build asks for again a moment later.

Columns of a million rows are megabytes each. glibc maps such a piece anew whenever one is asked for, and the
system clears every page of it: a tenth of the time of a build that works little out.
"""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # of mallopt(3)


def holds_on() -> bool:
    """In a process of our own: what was freed stays with it, to be used again. Whether that could be said; a
    C library other than glibc is left as it is."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    return mallopt is not None and all([mallopt(_TRIM_THRESHOLD, -1), mallopt(_MMAP_MAX, 0)])
