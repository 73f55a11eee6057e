"""A sweep of small runs, trained once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from curate.workspace import Workspace
from train.sweeping.running import Sweep, sweep

NewWorkspace = Callable[..., Workspace]
QUICK = {"epochs": 1, "snapshots": [], "learning_rate": 1e-2}
OVER = {"lora.r": [2, 4], "learning_rate": [1e-30, 1e-2]}


def with_sweep(workspace: Workspace, **section: Any) -> Workspace:
    """The workspace with this `sweep` in its recipe."""
    yaml = YAML(typ="safe")
    recipe = yaml.load(workspace.recipe_path.read_text(encoding="utf-8"))
    with workspace.recipe_path.open("w", encoding="utf-8") as file:
        yaml.dump(recipe | {"sweep": section}, file)
    return Workspace.open(workspace.recipe_path)


@pytest.fixture(scope="session")
def sweeping() -> Callable[..., Workspace]:
    return with_sweep


@pytest.fixture(scope="session")
def quick() -> dict[str, Any]:
    return QUICK


@pytest.fixture(scope="session")
def desk(new_workspace: NewWorkspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = new_workspace(tmp_path_factory.mktemp("sweep"), **QUICK)
    return with_sweep(workspace, over=OVER)


@pytest.fixture(scope="session")
def swept(desk: Workspace) -> Sweep:
    return sweep(recipe=desk.recipe_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "desk"
