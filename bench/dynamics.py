"""Do losses over time find planted faults? Every signal against answer length and TF-IDF, in real runs.

    OMP_NUM_THREADS=1 python -m bench.dynamics [--out DIR] [--seeds 11 12] [--tasks "routing" …]

Three tasks of 600 rows: word problems, a support desk's answers, and questions with the desk that they go to.
In each dataset 5 % of the rows have one kind of fault. A tiny base model is made for the tasks once; for each
task, fault and seed other rows are drawn, built and trained on by what the commands call. Printed are, over
the training rows and the mean over the seeds with the least and the most: AUROC, the chance that a faulty row
stands above another one, and the share of the rows to read, worst first, until 80 % of the faults are seen.
By chance these are 0.5 and 80 %. What is done stays in DIR, and a call with the same DIR goes on from there.
"""

import argparse
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import torch

from bench.planted import problems
from bench.planted.scores import scores, tables
from bench.planted.trial import TASKS, trial
from samples.shop.elsewhere import dialogues
from train.fitting.quiet import quiet
from train.tiny.base import tiny_base
from train.tiny.text import Chat

_TALK = {"problems": 30_000, "shop": 8_000}  # dialogues that a base model is made of


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("dynamics-bench"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12])
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    given = parser.parse_args()
    torch.set_num_threads(1)
    quiet()
    given.out.mkdir(parents=True, exist_ok=True)
    done: list[pd.DataFrame] = []
    # One seed of everything before the next one: what is there after a while is a whole table.
    for seed, name in itertools.product(given.seeds, given.tasks):
        task = TASKS[name]
        for fault in task.faults:
            kept = given.out / f"{name}, {fault}, {seed}.parquet"
            if not kept.exists():
                started = time.monotonic()
                folder = given.out / "work" / kept.stem.replace(", ", "-").replace(" ", "-")
                found = trial(folder, _base(given.out, task.base), task, fault, seed)
                found.to_parquet(kept)
                print(f"{kept.stem}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
            done.append(scores(pd.read_parquet(kept)).assign(task=name, fault=fault, seed=seed))
    print(tables(pd.concat(done)))


def _base(folder: Path, name: str) -> Path:
    """The base model of that name, made when it is absent."""
    path = folder / f"base-{name}"
    if not path.exists():
        talk = folder / f"{name}.jsonl"
        lines = (json.dumps({"messages": messages}) for messages in _talk(name))
        talk.write_text("\n".join(lines), encoding="utf-8")
        tiny_base(path, talk=talk)
    return path.resolve()


def _talk(name: str) -> Iterator[Chat]:
    """What a base model has read before it is tuned: the kind of text, none of the rows."""
    if name == "shop":
        yield from dialogues(random.Random(17), _TALK[name])
        return
    for pair in itertools.islice(problems.known_to_the_base(random.Random(17)), _TALK[name]):
        yield [{"role": "user", "content": pair.question}, {"role": "assistant", "content": pair.answer}]


if __name__ == "__main__":
    main()
