"""What a rebuild costs of a full build: after one decision or statement, 1 % more rows, one new threshold.

    python -m bench.rebuild [--rows 1000000]

A full build from nothing first, then the same workspace after each change, all in fresh processes with the
start of Python in them. The second decision drops a row that others were duplicates of, so that these come
back; the statement is that two rows are no duplicates. Prints seconds, and each as a share of the full build.
Targets: one decision at most 5 %, one per cent more rows at most 10 %; of a few thousand rows the start alone
is more.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import curate
from bench.corpus.messages import RECIPE, append, write
from bench.corpus.process import timed
from curate.workspace import Workspace
from schemas.statement import Apart

LOWER, HIGHER = "min_words: 1", "min_words: 3"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder) / "recipe.yaml"
        recipe.write_text(RECIPE)
        write(Path(folder) / "raw" / "rows.jsonl", rows)
        full = _build(recipe)
        print(f"{'a full build':28} {full:8.1f} s  {rows:,} rows")
        version = Workspace.open(recipe).version()
        _drop(recipe, version.read("data/train.parquet", ["example_id"])["example_id"][17].as_py())
        met = [_say("one decision", _build(recipe), full, 0.05)]
        near = version.read("duplicates.parquet", ["kept_id"], [("kind", "=", "near")])
        _drop(recipe, near["kept_id"][5].as_py())
        met.append(_say("one on a row with duplicates", _build(recipe), full, 0.05))
        told = version.read("duplicates.parquet", ["kept_id", "dropped_id"], [("kind", "=", "near")])
        _tell_apart(recipe, told["dropped_id"][9].as_py(), told["kept_id"][9].as_py())
        met.append(_say("two rows told apart", _build(recipe), full, 0.05))
        append(Path(folder) / "raw" / "rows.jsonl", rows, rows // 100)
        met.append(_say("one per cent more rows", _build(recipe), full, 0.10))
        recipe.write_text(RECIPE.replace(LOWER, HIGHER))
        _say("one threshold of quality", _build(recipe), full, None)
    print(f"targets: {'met' if all(met) else 'MISSED'}")
    return int(not all(met))


def _build(recipe: Path) -> float:
    return timed(["-m", "curate", "build"], recipe.parent, memory=False).seconds


def _drop(recipe: Path, example_id: str) -> None:
    curate.decide(example_id, "drop", annotator="bench", recipe=recipe)


def _tell_apart(recipe: Path, one: str, other: str) -> None:
    curate.decide(one, "skip", annotator="bench", labels=[Apart(other).label], recipe=recipe)


def _say(what: str, seconds: float, full: float, target: float | None) -> bool:
    wanted = f"  target {target:.0%}" if target else ""
    print(f"{what:28} {seconds:8.1f} s  {seconds / full:6.1%}{wanted}")
    return target is None or seconds <= target * full


if __name__ == "__main__":
    sys.exit(main())
