"""A recipe's rows part of the way through its stages, without a version: for commands that look ahead.

What was worked out stays in the workspace's cache, so that a build does not pay for it again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from curate.building.making import scratch_folder
from curate.flow.cache import StageCache
from curate.flow.engine import Engine
from curate.flow.reading import Reading
from curate.flow.step import Step
from curate.flow.work import Work, row_stages
from curate.progress import Say
from curate.sources import located_files
from curate.workspace import Workspace


@contextmanager
def partway(workspace: Workspace, steps: Sequence[Step], say: Say, progress: Say) -> Iterator[Work]:
    """The rows that `steps` leave. `say` hears of the files, `progress` of every step. Raises SourceError,
    and what the steps raise."""
    files = located_files(workspace.recipe, workspace.root, say)
    cache = StageCache(workspace.cache / "stages")
    with scratch_folder(workspace.path) as scratch:
        reading = Reading(workspace.recipe, workspace.root, files, cache, Path(scratch), say)
        work = Work(cache, progress)
        work.take(reading, reading.read(lambda _: None), 0.0, steps)
        with Engine(row_stages(steps)) as workers:
            work.run(steps, workers)
        cache.settle()
        yield work
