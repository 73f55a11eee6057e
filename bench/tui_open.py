"""Opening a long queue: our list over Arrow against Textual's DataTable, time to the first paint, in one run.

    python -m bench.tui_open [--rows 100000] [--peer-rows 10000]

The peer is given fewer rows, because it takes minutes for as many; both are said per thousand rows. Ours
opens a version that was opened before: the first opening lays its rows out.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from textual.app import App, ComposeResult
from textual.widgets import DataTable

from bench.terminal.workspace import large_workspace
from curate.workspace import Workspace
from tui.app import ReviewApp
from tui.model.workbench import open_workbench

_SIZE = (120, 40)
_MOVES = 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--peer-rows", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        recipe = large_workspace(Path(folder), given.rows)
        rows = Workspace.open(recipe).version("v1").path / "data" / "train.parquet"
        asyncio.run(_ours(recipe))  # lays the version out to be mapped, once
        opened, decided = asyncio.run(_ours(recipe))
        peer = asyncio.run(_theirs(rows, given.peer_rows))
    ours_ms = opened * 1e3 / given.rows * 1e3
    peer_ms = peer * 1e3 / given.peer_rows * 1e3
    print(f"siftune    {given.rows:>9,} rows  first paint {opened:6.2f} s  {ours_ms:8.3f} ms per 1,000 rows")
    print(
        f"DataTable  {given.peer_rows:>9,} rows  first paint {peer:6.2f} s  {peer_ms:8.3f} ms per 1,000 rows"
    )
    print(f"ratio      {peer_ms / ours_ms:.0f} times faster per row")
    print(f"decision   median {np.median(decided) * 1e3:.1f} ms until it is on disk and painted")


async def _ours(recipe: Path) -> tuple[float, list[float]]:
    start = time.perf_counter()
    with open_workbench(recipe, queue=None, annotator="ada", run=None, version=None) as bench:
        app = ReviewApp(bench)
        async with app.run_test(size=_SIZE) as pilot:
            await pilot.pause()
            opened = time.perf_counter() - start
            return opened, [await _decide(app) for _ in range(_MOVES)]


async def _decide(app: ReviewApp) -> float:
    """Seconds from one decision until the terminal has been written to, Textual's wait for its next frame
    (up to 1/60 s) included."""
    painted = asyncio.Event()
    start = time.perf_counter()
    app.screen.action_keep()  # type: ignore[attr-defined]
    app.screen.call_after_refresh(painted.set)
    await painted.wait()
    return time.perf_counter() - start


class _Peer(App[None]):
    def __init__(self, path: Path, n: int) -> None:
        super().__init__()
        self._path, self._n = path, n

    def compose(self) -> ComposeResult:
        yield DataTable()

    def on_mount(self) -> None:
        table: DataTable[Any] = self.query_one(DataTable)
        table.add_columns("loss", "prompt")
        table.add_rows(_cells(self._path, self._n))


def _cells(path: Path, n: int) -> Iterator[tuple[str, str]]:
    messages = pq.read_table(path, memory_map=True)["messages"]
    for row in range(n):
        yield f"{row:6.2f}", messages[row].as_py()[0]["content"][:240]


async def _theirs(path: Path, n: int) -> float:
    start = time.perf_counter()
    async with _Peer(path, n).run_test(size=_SIZE) as pilot:
        await pilot.pause()
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
