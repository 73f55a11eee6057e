"""Which texts of a column hold some words, whatever the case: in threads, without Python's lock.

Texts that lie side by side are looked through as one first, for a part of the words that is found fast: for
rare words the cost is that of reading the bytes. Where it stands, their texts are looked at one by one.
"""

import os
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_AT_ONCE = 1 << 16  # texts that a thread searches at once
_SLAB = 32  # texts that are looked through as one
_MANY = 0.25  # of the slabs: with more, all texts are looked at one by one
_NICE = 15  # of a searching thread: the others of this program go first
_THREADS = min(4, os.cpu_count() or 1)
# RE2 skips to where the first letters stand, unless these have cases beyond ASCII: k (Kelvin), s (long s).
_FAST = re.compile("[^kKsS\x80-\U0010ffff]+")
_TELLING = 3  # characters: fewer stand everywhere


def holding(texts: pa.StringArray, words: str) -> NDArray[np.bool_]:
    """By text, whether `words` stand in it."""
    held = np.zeros(len(texts), dtype=np.bool_)
    first = _first_look(words)

    def look(start: int) -> None:
        part = texts.slice(start, _AT_ONCE)
        near = np.repeat(_match(_slabs(part), first), _SLAB)[: len(part)]
        if near.mean() > _MANY:
            held[start : start + len(part)] = _match(part, words)
        elif near.any():
            at = np.flatnonzero(near)
            held[start + at] = _match(part.take(pa.array(at)), words)

    with ThreadPoolExecutor(_THREADS, initializer=_give_way) as threads:
        list(threads.map(look, range(0, len(texts), _AT_ONCE)))
    return held


def _give_way() -> None:
    """To the thread that paints: keys go on while this one searches. Elsewhere than on Linux a priority is of
    the whole process."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def _first_look(words: str) -> str:
    """The longest part of them that is found fast; all of them where that would be found everywhere."""
    longest = max(_FAST.findall(words), key=len, default="")
    return longest if len(longest) >= _TELLING else words


def _match(texts: pa.StringArray, words: str) -> NDArray[np.bool_]:
    found = pc.match_substring(texts, words, ignore_case=True)
    return np.asarray(pc.fill_null(found, False), dtype=np.bool_)


def _slabs(texts: pa.StringArray) -> pa.StringArray:
    """Each `_SLAB` texts as one, without copying a byte of them."""
    _, offsets, letters = texts.buffers()
    starts = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    bounds = np.append(starts[:-1:_SLAB], starts[-1])
    return pa.StringArray.from_buffers(len(bounds) - 1, pa.py_buffer(bounds.tobytes()), letters)
