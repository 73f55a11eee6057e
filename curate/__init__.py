"""Siftune's curation: raw files and decisions in, one dataset version out.

    version = curate.build("recipe.yaml")
    version.splits, version.ledger(), version.why(example_id), version.diff(other), version.to_datasets()
    curate.decide(example_id, "drop", annotator="ada", reason="wrong answer")

Names are loaded when first used, so that `curate --help` stays quick; and no module has the name of a
public function, which importing the module would hide.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curate.building.build import build
    from curate.decisions import decide
    from curate.start import init
    from curate.version import DatasetVersion
    from curate.workspace import Workspace

__all__ = ["DatasetVersion", "Workspace", "build", "decide", "init"]

_HOMES = {
    "DatasetVersion": "curate.version",
    "Workspace": "curate.workspace",
    "build": "curate.building.build",
    "decide": "curate.decisions",
    "init": "curate.start",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'curate' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
