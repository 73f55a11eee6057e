"""A recipe folder to write raw files into, and its import."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curate.sources import Imported, import_sources
from schemas.recipe import Recipe

Importer = Callable[..., Imported]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def imports(tmp_path: Path, said: list[str]) -> Importer:
    """`imports(name, content, **source)` writes a file and imports it; `sources=[…]` imports those."""

    def run(
        name: str = "", content: bytes | str = "", sources: Any = None, split: Any = None, **source: Any
    ) -> Imported:
        if name:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        recipe = Recipe.model_validate(
            {
                "system_prompt": None,
                "sources": sources or [{"path": name, **source}],
                **({"split": {"group_by": split}} if split else {}),
            }
        )
        return import_sources(recipe, tmp_path, said.append)

    return run
