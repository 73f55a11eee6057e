"""A review queue made by a command and kept, so that `curate review --queue NAME` opens it later.

    .siftune/queues/<name>.json    what it holds, and which examples, the first to look at first

Its rows are ids: which of them are shown depends on the dataset version that is reviewed.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from curate import atomic
from schemas.errors import DataError

Saved = Literal["fix", "drift"]
_FOLDER = "queues"


class SavedQueue(BaseModel):
    """`title`: what it is about, a sentence. `rows`: example id, and the number that put it in its place, in
    `unit`."""

    model_config = ConfigDict(frozen=True)
    name: Saved
    title: str
    unit: str
    rows: tuple[tuple[str, float], ...]

    def write(self, workspace: Path) -> Path:
        """Over an earlier one of that name. `workspace`: the folder of the workspace, `.siftune`."""
        path = workspace / _FOLDER / f"{self.name}.json"
        atomic.write_text(path, self.model_dump_json(indent=2) + "\n")
        return path


def read_queue(workspace: Path, name: Saved) -> SavedQueue | None:
    """None where no command made one yet. Raises DataError for a file that does not read."""
    path = workspace / _FOLDER / f"{name}.json"
    try:
        return SavedQueue.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise DataError(f"{path}: damaged ({error})", "remove it, and make the queue again") from None
