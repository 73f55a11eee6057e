"""Shop: two dataset versions laid down by hand, and runs over them with losses of choice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.example import Example
from train.store import Run


@dataclass(frozen=True)
class Shop:
    """A workspace with versions `a` and `b`, and a way to lay down runs: `run(name, version, losses)`."""

    workspace: Workspace
    a: DatasetVersion
    b: DatasetVersion
    before: list[Example]
    after: list[Example]
    write: Callable[..., Run]

    def run(self, name: str, version: DatasetVersion, losses: Mapping[str, float], **fields: Any) -> Run:
        """A run that measured all examples of its version: 1 nat a token, but for those in `losses`."""
        rows = [
            (e.example_id, str(e.split), "snapshot", "adapter", 8, losses.get(e.example_id, 1.0))
            for e in version.examples()
        ]
        return self.write(name, rows, dataset_version=version.version, **fields)

    def held_out(self, tag: str) -> list[str]:
        """Ids of the test examples with this tag."""
        return [e.example_id for e in self.after if e.split == "test" and tag in e.tags]
