"""Runs trained once for all tests of their use; what a test changes, it changes in a copy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import train
from curate.workspace import Workspace
from train.using.opened import Opened, open_for_use

NewWorkspace = Callable[..., Workspace]
# So fast that the adapter is no small change to its base.
FAST = {"epochs": 1, "snapshots": [], "learning_rate": 5e-2, "scheduler": "constant", "warmup_ratio": 0.0}


def trained(new_workspace: NewWorkspace, folder: Path, **settings: Any) -> Workspace:
    workspace = new_workspace(folder, **FAST | settings)
    train.run("tiny0001", recipe=workspace.recipe_path)
    return workspace


@pytest.fixture(scope="session")
def lora(new_workspace: NewWorkspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with one finished LoRA run."""
    return trained(new_workspace, tmp_path_factory.mktemp("lora"))


@pytest.fixture
def opened(lora: Workspace, said: list[str]) -> Opened:
    return open_for_use(lora.recipe_path, None, say=said.append)
