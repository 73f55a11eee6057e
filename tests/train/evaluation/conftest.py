"""A run trained once for all tests of its evaluation; what a test changes, it changes in a copy."""

from collections.abc import Callable

import pytest

import train
from curate.workspace import Workspace
from train.using.opened import Opened, open_for_use

# So fast that the adapter is no small change to its base.
FAST = {"epochs": 1, "learning_rate": 5e-2, "scheduler": "constant", "warmup_ratio": 0.0}


@pytest.fixture(scope="session")
def lora(new_workspace: Callable[..., Workspace], tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with one finished LoRA run, the losses of base and adapter in its tables."""
    workspace = new_workspace(tmp_path_factory.mktemp("eval"), **FAST)
    train.run("tiny0001", recipe=workspace.recipe_path)
    return workspace


@pytest.fixture
def opened(desk: Workspace, said: list[str]) -> Opened:
    return open_for_use(desk.recipe_path, None, say=said.append)
