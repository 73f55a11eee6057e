"""A build of generated rows: rows per second, seconds and peak memory by stage, at growing sizes.

    python -m bench.build [--rows 10000 100000 1000000]

Import, normalise, dedup, PII, quality, split, write; each size in a fresh process and a fresh workspace.
Memory is that of the process and its workers, with and without the pages of mapped files. Prints the growth
of time against n log n (1.0: as n log n), and what each row more adds to the peak. Target: 1,000,000 rows in
at most 8 GB, and time that grows no faster than n log n.
"""

import argparse
import itertools
import json
import math
import os
import sys
import tempfile
from pathlib import Path

from bench.corpus import staged
from bench.corpus.messages import RECIPE, write
from bench.corpus.process import Timed, timed

MOST_GB, MOST_GROWTH = 8.0, 1.0
_BARS = {"normalise": "reading"}  # the stage that another one's bar shows
COMMAND = ["-m", staged.__name__, "build", "--json"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(staged.__file__).parents[2])}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    runs: list[tuple[int, Timed]] = []
    for rows in parser.parse_args().rows:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "recipe.yaml").write_text(RECIPE)
            write(root / "raw" / "rows.jsonl", rows)
            run = timed(COMMAND, root, environment=ENVIRONMENT)
        _say(rows, run)
        runs.append((rows, run))
    growths = [_growth(before, after) for before, after in itertools.pairwise(runs)]
    most_gb = max(run.peak_mb for _, run in runs) / 1000
    met = most_gb <= MOST_GB and max(growths, default=0.0) <= MOST_GROWTH
    print(f"target {MOST_GB:.0f} GB and n log n: {'met' if met else 'MISSED'}")
    return int(not met)


def _growth(before: tuple[int, Timed], after: tuple[int, Timed]) -> float:
    """Of time, against n log n."""
    (few, first), (many, then) = before, after
    growth = (then.seconds / first.seconds) / (many * math.log(many) / (few * math.log(few)))
    all_kb, own_kb = (
        (more - less) * 1000 / (many - few)
        for less, more in ((first.peak_mb, then.peak_mb), (first.own_mb, then.own_mb))
    )
    print(
        f"{few:,} to {many:,} rows: time {growth:.2f} of n log n; "
        f"each row more adds {all_kb:.1f} kB to the peak, {own_kb:.1f} kB without mapped files"
    )
    return growth


def _say(rows: int, run: Timed) -> None:
    print(
        f"{rows:,} rows  {run.seconds:.1f} s  {rows / run.seconds:,.0f} rows/s  "
        f"{run.peak_mb:,.0f} MB at most, {run.own_mb:,.0f} MB without mapped files"
    )
    peaks = staged.peaks(run)
    known = 0.0
    for stage in json.loads(run.output)["stages"]:
        known += stage["seconds"]
        _line(stage["name"], rows, stage["seconds"], peaks.get(_BARS.get(stage["name"], stage["name"])))
    _line("start and write", rows, run.seconds - known, peaks.get(staged.WRITE))


def _line(name: str, rows: int, seconds: float, peak_mb: float | None) -> None:
    memory = "too short to see" if peak_mb is None else f"{peak_mb:,.0f} MB"
    print(f"  {name:>16} {seconds:8.1f} s  {rows / max(seconds, 1e-3):>12,.0f} rows/s  {memory}")


if __name__ == "__main__":
    sys.exit(main())
