"""A fresh workspace for each test."""

from pathlib import Path

import pytest
from desk import write_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The recipe of a fresh workspace."""
    return write_workspace(tmp_path / "desk")
