"""Import: rows a second of each format against `datasets`, in one run, and the memory that it takes.

    python -m bench.importing [--rows 100000] [--rounds 3]

The peer loads the same file with `datasets.load_dataset` (cache cleared) and iterates over its rows: it knows
no shapes and gives no identities, so it does less. Rounds alternate; the ratio is the median over them. Times
are this process's CPU seconds, so that a busy machine does not change them. Memory is the growth of the peak
resident set while one file is imported batch by batch, in a process of its own.
"""

import argparse
import csv
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq

from curate.sources import import_batches
from curate.stages.normalise import Normalise
from schemas.recipe import Recipe

Row = dict[str, Any]
PEER_FORMAT = {".jsonl": "json", ".csv": "csv", ".parquet": "parquet"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory-of", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.memory_of:
        print(_memory_mib(given.memory_of))
        return
    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as folder:
        for path in write_files(Path(folder), given.rows):
            _compare(path, given.rows, given.rounds)
        _normalise(Path(folder), given.rows)


def write_files(folder: Path, rows: int) -> Iterator[Path]:
    """The same conversations in each format: a system prompt, a question of 25 words and an answer of 55."""
    shapes: dict[str, Callable[[str, str], Row]] = {
        "messages.jsonl": lambda q, a: {
            "messages": [
                {"role": "system", "content": "You are kind."},
                {"role": "user", "content": q},
                {"role": "assistant", "content": a},
            ]
        },
        "sharegpt.jsonl": lambda q, a: {
            "conversations": [{"from": "human", "value": q}, {"from": "gpt", "value": a}]
        },
        "alpaca.jsonl": lambda q, a: {"instruction": q, "input": "", "output": a},
        "template.jsonl": lambda q, a: {"text": f"### Instruction:\n{q}\n\n### Response:\n{a}"},
        "pairs.csv": lambda q, a: {"prompt": q, "completion": a},
        "pairs.parquet": lambda q, a: {"prompt": q, "completion": a},
    }
    for name, shape in shapes.items():
        path = folder / name
        listed = ({**shape(q, a), "customer": f"C-{i % 1000}"} for i, (q, a) in enumerate(_pairs(rows)))
        if path.suffix == ".jsonl":
            with path.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in listed)
        elif path.suffix == ".csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, ["prompt", "completion", "customer"])
                writer.writeheader()
                writer.writerows(listed)
        else:
            pq.write_table(pa.Table.from_pylist(list(listed)), path, row_group_size=10_000)
        yield path


def _pairs(rows: int) -> Iterator[tuple[str, str]]:
    chance = random.Random(17)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(5_000)]
    words[::50] = [word + "é" for word in words[::50]]
    for _ in range(rows):
        yield " ".join(chance.choices(words, k=25)), " ".join(chance.choices(words, k=55))


def _compare(path: Path, rows: int, rounds: int) -> None:
    ours, peers = [], []
    for _ in range(rounds):
        ours.append(_seconds(lambda: _import(path), rows))
        peers.append(_seconds(lambda: _load(path), rows))
    ratio = statistics.median(peer / our for our, peer in zip(ours, peers, strict=True))
    memory = subprocess.run(
        [sys.executable, "-m", "bench.importing", "--memory-of", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    print(
        f"{path.name:<15} siftune {rows / statistics.median(ours):>9,.0f} rows/s  "
        f"datasets {rows / statistics.median(peers):>9,.0f} rows/s  ratio {ratio:4.1f}  "
        f"memory +{int(memory.stdout)} MiB for {path.stat().st_size / 2**20:.0f} MiB"
    )


def _seconds(run: Callable[[], int], rows: int) -> float:
    started = time.process_time()
    assert run() == rows
    return time.process_time() - started


def _import(path: Path) -> int:
    return sum(len(batch.examples) for batch in import_batches(_recipe(path), path.parent, lambda _: None))


def _load(path: Path) -> int:
    with tempfile.TemporaryDirectory() as cache:
        loaded = datasets.load_dataset(
            PEER_FORMAT[path.suffix], data_files=str(path), split="train", cache_dir=cache
        )
        return sum(1 for _ in loaded)


def _memory_mib(path: Path) -> int:
    before = _peak_kib()
    _import(path)
    return (_peak_kib() - before) // 1024


def _peak_kib() -> int:
    """The peak resident set of this program; getrusage would count what stood before it was started."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def _normalise(folder: Path, rows: int) -> None:
    for name, what in (("alpaca.jsonl", "nothing to do"), ("messages.jsonl", "system prompt moved")):
        batches = import_batches(_recipe(folder / name), folder, lambda _: None)
        spent = 0.0
        for batch in batches:
            started = time.process_time()
            Normalise()(batch.examples)
            spent += time.process_time() - started
        print(f"normalise       {what:<20} {rows / spent:>9,.0f} rows/s")


def _recipe(path: Path) -> Recipe:
    return Recipe.model_validate({"system_prompt": None, "sources": [{"path": path.name}]})


if __name__ == "__main__":
    main()
