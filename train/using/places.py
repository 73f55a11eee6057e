"""Where results of a run are written to."""

from pathlib import Path

from schemas.errors import UsageError


def check_free(out: Path) -> None:
    """Raises UsageError where there is something at `out` already."""
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise UsageError(f"{out}: holds something already", "remove it, or name another place with --out")
