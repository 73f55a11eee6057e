"""Siftune's curation: raw files and decisions in, one dataset version out.

    version = curate.build("recipe.yaml")
    version.splits, version.ledger(), version.why(example_id), version.diff(other), version.to_datasets()
    curate.decide(example_id, "drop", annotator="ada", reason="wrong answer")

Names are loaded when first used, so that `curate --help` stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curate.build import build
    from curate.decide import decide
    from curate.export import export
    from curate.start import init
    from curate.version import DatasetVersion
    from curate.workspace import Workspace

__all__ = ["DatasetVersion", "Workspace", "build", "decide", "export", "init"]

_HOMES = {
    "DatasetVersion": "curate.version",
    "Workspace": "curate.workspace",
    "build": "curate.build",
    "decide": "curate.decide",
    "export": "curate.export",
    "init": "curate.start",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'curate' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    # The function `build` takes the place of its own module `curate.build` here: it is the public name.
    globals()[name] = value
    return value
