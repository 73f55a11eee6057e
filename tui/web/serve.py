"""What `curate serve` does before the server runs: its options become the command line of each review."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from curate.workspace import Workspace
from schemas.errors import MissingPackage, UsageError

_START = "from curate.cli import main; main()"


def serve(
    recipe_path: Path, port: int, annotator: str, options: Mapping[str, object], say: Callable[[str], None]
) -> None:
    """Until Ctrl-C. `options` of `curate review` by name: None is left out, True stands alone.

    Raises MissingPackage, RecipeError, VersionError where there is nothing to review, UsageError for a port
    in use.
    """
    try:
        from tui.web.server import ReviewServer
    except ImportError:
        raise MissingPackage.of("textual-serve", "serve", "the review in the browser") from None
    Workspace.open(recipe_path).version(str(options["version"]) if options.get("version") else None)
    command = [sys.executable, "-c", _START, "review", "--recipe", str(recipe_path.absolute())]
    for name, value in options.items():
        if value is True:
            command.append(f"--{name}")
        elif value not in (None, False):
            command += [f"--{name}", str(value)]
    try:
        ReviewServer(command, annotator).run(port, say)
    except OSError as error:
        raise UsageError(
            f"port {port} cannot be used: {error.strerror}", "name another with --port"
        ) from None
