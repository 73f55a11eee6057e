"""Progress of long work on stderr: a live bar on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Say = Callable[[str], None]
Advance = Callable[[int], None]


@cache
def console() -> Console:
    """The one way to stderr for bars: a bar inside another needs the same."""
    return Console(stderr=True)


@contextmanager
def stage_bar(name: str, total: int | None) -> Iterator[Advance]:
    """A bar for one stage, gone when it ends. Silent where stderr is not a terminal."""
    columns = (TextColumn(f"{name:>14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(name, total=total)
        yield lambda n: bar.advance(task, n)
