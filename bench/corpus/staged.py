"""`curate` with the stages of a build said on stderr as they begin and end.

    python -m bench.corpus.staged build --json

Lines are `@ SECONDS NAME`, by the clock that all processes share; NAME is WRITE from a stage's end on.
"""

import re
import sys
import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager

from bench.corpus.process import Timed
from curate import progress

WRITE = "write"
_MARK = re.compile(r"^@ (\S+) (\S+)$", re.MULTILINE)
_bar = progress.stage_bar


@contextmanager
def _marked(name: str, total: int | None) -> Iterator[progress.Advance]:
    _mark(name)
    with _bar(name, total) as advance:
        yield advance
    _mark(WRITE)


def _mark(name: str) -> None:
    print(f"@ {time.perf_counter()} {name}", file=sys.stderr, flush=True)


def peaks(run: Timed) -> dict[str, float]:
    """The most memory held during each stage, in megabytes."""
    marks = [(float(at), name) for at, name in _MARK.findall(run.said)]
    # Between two stages there is nothing but the next one's mark.
    begins = [
        mark for mark, after in zip(marks, [*marks[1:], None], strict=True) if mark[1] != WRITE or not after
    ]
    found: dict[str, float] = {}
    for held in run.held:
        if at := bisect_right(begins, held.moment, key=lambda mark: mark[0]):
            name = begins[at - 1][1]
            found[name] = max(found.get(name, 0.0), held.total)
    return found


if __name__ == "__main__":
    progress.stage_bar = _marked
    from curate.cli import main

    main()
