"""Opening a long queue: our list over Arrow against Textual's DataTable, time to the first paint, in one run.

    python bench/tui_open.py [--rows 100000] [--peer-rows 10000]

The peer is given fewer rows, because it takes minutes for as many; both are said per thousand rows.
"""

import argparse
import asyncio
import hashlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from textual.app import App, ComposeResult
from textual.widgets import DataTable

from curate.journal import Journal
from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas import arrow
from schemas.manifest import Leaks, Manifest
from schemas.run import RunInfo
from train.store import Run
from tui.app import ReviewApp
from tui.model.corpus import Corpus
from tui.model.dynamics import Dynamics
from tui.model.ledger import LedgerView
from tui.model.losses import Losses
from tui.model.review import Review
from tui.model.workbench import Workbench

_SIZE = (120, 40)
_MOVES = 40
_RUN = RunInfo(
    run="bench",
    state="done",
    dataset_version="bench",
    base_model="bench",
    method="lora",
    seed=1,
    template_sha256="",
    system_prompt_sha256="",
    started_at="2026-01-01T00:00:00Z",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--peer-rows", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.parquet"
        pq.write_table(table_of(given.rows), path)
        opened, decided = asyncio.run(_ours(path))
        peer = asyncio.run(_theirs(path, given.peer_rows))
    ours_ms = opened * 1e3 / given.rows * 1e3
    peer_ms = peer * 1e3 / given.peer_rows * 1e3
    print(f"siftune    {given.rows:>9,} rows  first paint {opened:6.2f} s  {ours_ms:8.3f} ms per 1,000 rows")
    print(
        f"DataTable  {given.peer_rows:>9,} rows  first paint {peer:6.2f} s  {peer_ms:8.3f} ms per 1,000 rows"
    )
    print(f"ratio      {peer_ms / ours_ms:.0f} times faster per row")
    print(f"decision   median {np.median(decided) * 1e3:.1f} ms until it is on disk and painted")


def table_of(n: int) -> pa.Table:
    """`n` rows as a version has them, about 500 characters each."""
    rows = [
        {
            "example_id": hashlib.sha256(str(i).encode()).hexdigest()[:20],
            "messages": [
                {
                    "role": "user",
                    "content": f"Where is my order {i}? " + "I have waited for a week now. " * 5,
                },
                {"role": "assistant", "content": f"Order {i} is on its way. " + "We are sorry for it. " * 15},
            ],
            "source": "raw/tickets.jsonl",
            "line": i + 1,
            "tags": [],
            "origin": "imported",
            "flags": ["contradiction"] if i % 50 == 0 else [],
            "metadata": "{}",
        }
        for i in range(n)
    ]
    return pa.Table.from_pylist(rows, schema=arrow.examples_schema(tools=False))


def workbench(path: Path, journal: Journal) -> Workbench:
    """As `curate review` opens one, with a loss for every row."""
    table = pq.read_table(path, memory_map=True)
    corpus = Corpus("bench", table, np.zeros(table.num_rows, dtype=np.int8), None)
    run = Run(path.parent, _RUN)
    loss = np.random.default_rng(0).gamma(2.0, 1.0, len(corpus))
    losses = Losses(
        run="bench",
        dataset_version="bench",
        step=1,
        base=loss + 1,
        adapter=loss,
        lowest=loss,
        n_tokens=np.full(len(corpus), 90),
        max_token_nll=loss * 2,
        truncated=np.zeros(len(corpus), dtype=np.bool_),
        dynamics=Dynamics(run, corpus),
    )
    pq.write_table(pa.Table.from_pylist([], schema=arrow.LEDGER), path.parent / "ledger.parquet")
    recipe = path.parent / "recipe.yaml"
    recipe.write_text(
        "name: bench\nsystem_prompt: Be brief.\nsources: [{path: raw.jsonl}]\n", encoding="utf-8"
    )
    dataset = DatasetVersion(path.parent, _manifest(len(corpus)))
    review = Review(corpus, journal, "bench", losses, "loss")
    return Workbench(review, LedgerView(path.parent), None, Workspace.open(recipe), dataset, run)


def _manifest(rows: int) -> Manifest:
    return Manifest(
        version="bench",
        name="bench",
        inputs_sha256="",
        recipe_sha256="",
        sources=[],
        rows_in=rows,
        rejected=0,
        created=0,
        kept=rows,
        stages=[],
        splits={"train": rows},
        leaks=Leaks(cross_split_pairs=0, cross_split_groups=0),
        system_prompt_sha256="",
        decisions_applied=0,
    )


async def _ours(path: Path) -> tuple[float, list[float]]:
    start = time.perf_counter()
    with Journal.open(path.parent / "decisions.db") as journal:
        app = ReviewApp(workbench(path, journal))
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
