"""A journal of each store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from curate.journal import Journal


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty journal may be made."""
    if request.param == "sqlite":
        return str(tmp_path / "decisions.db")
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def journal(where: str) -> Iterator[Journal]:
    with Journal.open(where) as opened:
        yield opened
