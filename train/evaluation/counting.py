"""Progress of an evaluation on stderr: a bar on a terminal, elsewhere a line at the start and every ten
seconds."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from curate.edge import say
from curate.progress import stage_bar

_LINE_EVERY_S = 10.0


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Gives a function to call with the number of examples done since the last call."""
    if sys.stderr.isatty():
        with stage_bar(what, total) as advance:
            yield advance
        return
    said_at, done = time.monotonic(), 0
    say(f"{what}: {total:,}")

    def tick(n: int) -> None:
        nonlocal said_at, done
        done += n
        if time.monotonic() - said_at >= _LINE_EVERY_S and done < total:
            said_at = time.monotonic()
            say(f"{what}: {done:,} of {total:,}")

    yield tick
