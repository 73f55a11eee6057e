"""A recipe folder to write raw files into, and its import."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curate.sources import Imported, import_sources
from schemas.recipe import Recipe

Importer = Callable[..., Imported]
Apart = Callable[[str], tuple[int, int, int]]

# Not by getrusage: there a process begins with the most that the one before it had.
_MEASURED = r"""
import re, sys
from pathlib import Path
import pyarrow.compute, pyarrow.feather, pyarrow.parquet
from curate.sources import import_batches
from curate.sources.readers import json_array
from schemas.recipe import Recipe

def most_mib():
    return int(re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024

recipe = Recipe.model_validate({"system_prompt": None, "sources": [{"path": sys.argv[1]}]})
before = most_mib()
examples = rejects = 0
for batch in import_batches(recipe, Path.cwd(), lambda _: None):
    examples += len(batch.examples)
    rejects += len(batch.rejects)
print(examples, rejects, most_mib() - before)
"""


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


@pytest.fixture
def imports_apart(tmp_path: Path) -> Apart:
    """`imports_apart(name)` imports a file in a process of its own: examples, rejects, and the MiB that the
    import took."""

    def run(name: str) -> tuple[int, int, int]:
        command = [sys.executable, "-c", _MEASURED, name]
        told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        examples, rejects, mib = map(int, told.split())
        return examples, rejects, mib

    return run
