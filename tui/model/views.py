"""Saved views: a queue with a filter and an order, under a name, for everyone who reviews in the workspace.

`views/NAME.json` in the workspace, a file each, so that two who save at once lose nothing.
"""

import re
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from curate import atomic
from schemas.canonical import to_json
from schemas.errors import UsageError

_NAME = re.compile(r"\w[\w .-]{0,39}")


@dataclass(frozen=True, slots=True)
class View:
    """`sort` is a measure, or None for the queue's own order."""

    name: str
    queue: str
    filter: str = ""
    sort: str | None = None
    descending: bool = True

    @property
    def says(self) -> str:
        order = f", {'highest' if self.descending else 'lowest'} {self.sort} first" if self.sort else ""
        return f"queue {self.queue}{order}{f': {self.filter}' if self.filter else ''}"


class Views:
    """Those of one workspace; what cannot be read is no view."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> list[View]:
        """By name."""
        found = (_read(path) for path in sorted(self._folder.glob("[!.]*.json")))
        return [view for view in found if view is not None]

    def named(self, name: str) -> View | None:
        return next((view for view in self.all() if view.name == name), None)

    def save(self, view: View) -> None:
        """Instead of the one of that name, where there is one. Raises UsageError for a name that is no file's
        name, or that cannot be written."""
        if not _NAME.fullmatch(view.name) or view.name != view.name.strip(" ."):
            raise UsageError(
                f"{view.name!r} cannot be a view's name", "use up to 40 letters, digits, spaces and . - _"
            )
        try:
            atomic.write_text(self._path(view.name), to_json(asdict(view)))
        except OSError as error:
            raise UsageError(f"the view cannot be saved ({error})", "check the workspace's folder") from None

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


_VIEW = TypeAdapter(View)


def _read(path: Path) -> View | None:
    try:
        view = _VIEW.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return view if view.name == path.stem else None
