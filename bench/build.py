"""A build of generated rows: rows per second and seconds by stage, peak memory, at growing sizes.

    python -m bench.build [--rows 10000 100000 1000000]

Import, normalise, dedup, PII, quality, split, write; each size in a fresh process and a fresh workspace.
Prints the growth of time against n log n (1.0: as n log n) and peak memory of the process and its workers.
"""

import argparse
import json
import math
import tempfile
from pathlib import Path

from bench.corpus.messages import RECIPE, write
from bench.corpus.process import Timed, timed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    before: tuple[int, float] | None = None
    for rows in parser.parse_args().rows:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "recipe.yaml").write_text(RECIPE)
            write(root / "raw" / "rows.jsonl", rows)
            run = timed(["-m", "curate", "build", "--json"], root)
        _say(rows, run)
        if before is not None:
            growth = (run.seconds / before[1]) / (rows * math.log(rows) / (before[0] * math.log(before[0])))
            print(f"  {growth:.2f} of n log n against {before[0]:,} rows")
        before = rows, run.seconds


def _say(rows: int, run: Timed) -> None:
    stages = json.loads(run.output)["stages"]
    print(
        f"{rows:,} rows  {run.seconds:.1f} s  {rows / run.seconds:,.0f} rows/s  {run.peak_mb:,.0f} MB at most"
    )
    known = 0.0
    for stage in stages:
        known += stage["seconds"]
        seconds, speed = stage["seconds"], rows / max(stage["seconds"], 1e-3)
        print(f"  {stage['name']:>16} {seconds:8.1f} s  {speed:>12,.0f} rows/s")
    print(f"  {'start and write':>16} {run.seconds - known:8.1f} s")


if __name__ == "__main__":
    main()
