"""A run trained once over data that tries to break out of a page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import train
from curate.workspace import Workspace
from schemas.arrow import examples_table, has_tools
from schemas.example import Example

SCRIPT = "<script>alert(1)</script>"
BREAKOUT = '"><img src=x onerror=alert(2)>'
HIDDEN = "\x1b[31mred\u202e"
SECRET = "þæxq ☂ vyzŋ"  # so strange that it is among the worst
_QUESTION = "What does the small hat cost"


@pytest.fixture(scope="session")
def hostile(
    new_workspace: Callable[..., Workspace],
    examples: list[Example],
    make_example: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Workspace:
    """Train holds markup, control characters, a flagged text, an example that is cut and one whose prompt
    alone is too long."""
    workspace = new_workspace(
        tmp_path_factory.mktemp("reporting"), epochs=2, max_length=128, learning_rate=1e-2
    )
    system = ("system", workspace.recipe.system_prompt)
    odd = [
        make_example(system, ("user", SCRIPT), ("assistant", BREAKOUT), source=f"raw/{SCRIPT}.jsonl"),
        make_example(system, ("user", HIDDEN), ("assistant", f"{HIDDEN} é漢🎩"), tags=(BREAKOUT,)),
        make_example(system, ("user", SECRET), ("assistant", SECRET), flags=("pii:EMAIL_ADDRESS",)),
        make_example(system, ("user", _QUESTION), ("assistant", "It costs a lot. " * 40)),
        make_example(system, ("user", f"{_QUESTION} " * 60), ("assistant", "Nobody knows.")),
    ]
    rows = [*odd, *(e for e in examples if e.split == "train")]
    folder = workspace.version("tiny0001").path
    pq.write_table(examples_table(rows, has_tools(rows)), folder / "data" / "train.parquet")
    train.run("tiny0001", recipe=workspace.recipe_path)
    return workspace


@pytest.fixture(scope="session")
def odd(hostile: Workspace) -> list[Example]:
    """The odd five: markup, control characters, flagged, cut, left out."""
    return hostile.version("tiny0001").examples("train")[:5]


@pytest.fixture(scope="session")
def run(hostile: Workspace) -> train.Run:
    return train.open_run(hostile.recipe_path)


@pytest.fixture(scope="session")
def page(hostile: Workspace, run: train.Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    from train.reporting.writing import write_report

    path: Path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(run, hostile, path)
    return path.read_text(encoding="utf-8")
