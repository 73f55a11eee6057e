"""How often does `train audit` find what was planted, and who is to blame?

    OMP_NUM_THREADS=1 nice python -m bench.audit [--out DIR] [--seeds 301 302 …] [--faults "template" …]

Four tasks whose answers follow rules, a tiny base model that has read other shops' talk, and by seed a desk
of A and six reruns; on each desk one B for every fault and control. Trials of one seed share A and its
reruns, so they are not independent. What is done stays in DIR/trials.jsonl, a line a trial, and a call with
the same DIR goes on from there; then the tables are printed.
"""

import argparse
import gc
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import torch

from bench.audit.desk import Desk, Size, standing
from bench.audit.faults import FAULTS
from bench.audit.rules import known_to_the_base
from bench.audit.table import tables
from bench.audit.trial import trial
from train.fitting.quiet import quiet
from train.tiny.base import tiny_base

_TALK = 30_000  # dialogues that the base model is made of


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("audit-bench"))
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(301, 307)))
    parser.add_argument("--faults", nargs="+", default=list(FAULTS), choices=list(FAULTS))
    parser.add_argument("--tables", action="store_true", help="Print what is there, and run nothing.")
    given = parser.parse_args()
    torch.set_num_threads(1)
    quiet()
    given.out.mkdir(parents=True, exist_ok=True)
    file = given.out / "trials.jsonl"
    for seed in () if given.tables else given.seeds:
        stand = {(t["seed"], t["fault"]) for t in done(file)}
        missing = [fault for fault in given.faults if (seed, fault) not in stand]
        if missing:
            _trials(given.out, file, seed, missing)
    print(tables(done(file)))


def _trials(out: Path, file: Path, seed: int, faults: list[str]) -> None:
    started = time.monotonic()
    size = Size()
    desk: Desk = standing(out / f"desk-{seed}", base_model(out), seed, size)
    _tell(f"desk {seed}: {time.monotonic() - started:.0f} s")
    for fault in faults:
        started = time.monotonic()
        found = trial(desk, fault, seed, size)
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(found) + "\n")
        _tell(f"{fault}, {seed}: {time.monotonic() - started:.0f} s, {found['verdict']}")
        gc.collect()


def done(file: Path) -> list[dict[str, Any]]:
    """The trials that stand. A line that a kill cut short is left out."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True) if file.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def base_model(out: Path) -> Path:
    """Made when it is absent: it takes some minutes."""
    path = out / "base"
    if not path.exists():
        talk = out / "talk.jsonl"
        made = known_to_the_base(random.Random(17), _TALK)
        lines = (
            json.dumps(
                {
                    "messages": [
                        {"role": "user", "content": row.prompt},
                        {"role": "assistant", "content": row.answer},
                    ]
                }
            )
            for row in made
        )
        talk.write_text("\n".join(lines), encoding="utf-8")
        tiny_base(path, talk=talk)
    return path.resolve()


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
