"""`curate build`: raw files and decisions in, one immutable dataset version out."""

import os
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from curate import collector
from curate.edge import say as say_on_stderr
from curate.progress import Say
from curate.sources import LocatedFile, located_files
from curate.workspace import Workspace
from schemas.errors import SourceError

if TYPE_CHECKING:
    from curate.flow.engine import EngineName
    from curate.version import DatasetVersion


@collector.seldom()
def build(
    recipe: Path | str = "recipe.yaml",
    *,
    engine: "EngineName" = "local",
    jobs: int | None = None,
    check: bool = False,
    say: Say = say_on_stderr,
) -> "DatasetVersion":
    """Builds the dataset version of a recipe, or finds the one that the same inputs made before.

    Raises RecipeError, JournalError; SourceError, also where no row can be used; GateError when no rows are
    left, the arithmetic does not close or, with `check`, a gate fails (the version stands then, for looking
    at).
    """
    workspace = Workspace.open(Path(recipe))
    with ThreadPoolExecutor(1) as beside:
        beside.submit(import_module, "curate.building.making")
        files = located_files(workspace.recipe, workspace.root, say)  # here, where Ctrl-C ends it
    from curate.building.making import made

    try:
        version = made(workspace, files, engine, jobs or os.cpu_count() or 1, say)
    except SourceError as error:
        raise _all_unreadable(workspace, files) or error from None
    workspace.set_current(version.version)
    if check:
        from curate.building.gates import failures, gate_error

        if failed := failures(workspace.recipe, version, workspace.root, files):
            raise gate_error(version, failed)
    return version


def _all_unreadable(workspace: Workspace, files: list[LocatedFile]) -> SourceError | None:
    from curate.sources.unreadable import unreadable

    return unreadable(files, workspace.recipe, workspace.root)
