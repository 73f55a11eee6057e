"""How often does `train bisect` isolate exactly what was planted, and how many arms does it take?

    OMP_NUM_THREADS=1 nice python -m bench.audit.bisecting [--out DIR] [--first 520]

The tasks, the base model and the faults of `bench.audit`, a desk of its own for every trial. Beside the
fault, which rex did, or which came with a new source, six people ask 10 rows each otherwise for the same
answers, two of them in the slice of the fault, and new right rows come where the fault brings none: seven or
eight groups. A and B are trained once each, and the bisect, as it comes, does the rest. They are trained for
10 epochs with a fifth of them to warm up, not the 6 of `bench.audit`: with those, runs of the same data
differ by up to 0.25 nats a token, as some have learned the prices and others not, and whoever saw that would
train on.

A trial counts as exact where the bisect says `explained` and the rows of the groups it found are the planted
rows: each of them, and no other. A control, where it finds no group. `two faults` plants two at once, wrong
answers by rex in one slice and a redaction by tom in another, and both are to be found.

What is done stays in DIR/bisects.jsonl, a line a trial; a call with the same DIR goes on from there, and the
table is printed. Several at once with the same DIR share the trials.
"""

import argparse
import fcntl
import json
import random
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

import train
from bench.audit.__main__ import base_model, done
from bench.audit.desk import Desk, Edit, Size, rebuilt, set_up, trained
from bench.audit.faults import CONTROLS, FAULTS, Planted, guilty_rows, two_faults
from bench.audit.rules import TASKS, Row, rows
from train.bisecting.words import most_arms
from train.fitting.quiet import quiet

_PEOPLE = ("ada", "bob", "cyd", "dan", "fay", "gus")
_EACH = 10
_EPOCHS = 10
_WARMUP = 0.2
_PLANTED = [fault for fault in FAULTS if fault not in CONTROLS]
_TWO = "two faults"
_EVERY = {**FAULTS, _TWO: two_faults}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("audit-bench"))
    parser.add_argument("--first", type=int, default=520, help="The seed of the first trial.")
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--controls", type=int, default=4)
    parser.add_argument("--two", type=int, default=0, help="So many trials with two faults at once, last.")
    parser.add_argument("--table", action="store_true", help="Print what is there, and run nothing.")
    given = parser.parse_args()
    torch.set_num_threads(1)
    quiet()
    given.out.mkdir(parents=True, exist_ok=True)
    file = given.out / "bisects.jsonl"
    asked = _asked(given.first, given.trials, given.controls, given.two)
    for seed, fault in () if given.table else asked:
        with _alone(given.out / f"trial-{seed}.lock") as alone:
            if not alone or (seed, fault) in {(one["seed"], one["fault"]) for one in done(file)}:
                continue
            found = trial(given.out / f"bisect-{seed}", base_model(given.out), fault, seed)
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(found) + "\n")
        print(f"{fault}, {seed}: {found['minutes']:.1f} min, {found['said']}", file=sys.stderr, flush=True)
    print(table(done(file)))


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Whether no other process holds this lock, which is held until the block ends."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _asked(first: int, trials: int, controls: int, two: int) -> Iterator[tuple[int, str]]:
    """Each fault in turn, a control now and then between them."""
    planted = list(islice(cycle(_PLANTED), trials))
    calm = list(islice(cycle(CONTROLS), controls))
    every = max(1, trials // max(1, controls))
    order = []
    for at, fault in enumerate(planted):
        order += [fault, *([calm.pop(0)] if calm and at % every == every - 1 else [])]
    return ((first + number, fault) for number, fault in enumerate([*order, *calm, *[_TWO] * two]))


def trial(folder: Path, base: Path, fault: str, seed: int) -> dict[str, Any]:
    """One B and its bisect. `wanted`: the groups that planted rows are in, `got`: those found."""
    started = time.monotonic()
    size = replace(Size(), reruns=0, epochs=_EPOCHS, warmup=_WARMUP)
    desk = set_up(folder, base, seed, size)
    rng = random.Random(f"{fault}:{seed}")
    task = TASKS[seed % len(TASKS)]
    planted = _EVERY[fault](desk, task, rng, size)
    edits, more = _harmless(desk, task, planted, rng)
    version = rebuilt(desk, edits, more)
    b = trained(desk.workspace, version, seed, planted.rate)
    found = train.bisect(desk.a, b, recipe=desk.workspace.recipe_path)
    changed = {row for group in found.groups for row in group.rows}
    examples = [e for e in (*desk.version.examples(), *version.examples()) if e.example_id in changed]
    guilty = guilty_rows(planted, examples)
    wanted = {group.name for group in found.groups if guilty & set(group.rows)}
    got = {group.name for group in found.guilty_groups}
    exact = found.verdict == "explained" and set(found.guilty_rows) == guilty
    shutil.rmtree(folder)
    return {
        "fault": fault,
        "seed": seed,
        "task": task,
        "groups": len(found.groups),
        "planted": len(guilty),
        "found": len(found.guilty_rows),
        "wanted": sorted(wanted),
        "got": sorted(got),
        "exact": not got if fault in CONTROLS else exact,
        "verdict": found.verdict,
        "about": found.target.name if found.target else None,
        "arms": found.tried,
        "most_arms": most_arms(found),
        "seeds": [len(arm.losses) for arm in found.arms],
        "rounds": len(found.rounds),
        "runs": found.trained,
        "regression": found.regression.model_dump() if found.regression else None,
        "noise": found.noise,
        "explained": found.explained.model_dump() if found.explained else None,
        "losses": [
            {"round": a.round, "back": a.back, "losses": a.losses, "said": a.outcome} for a in found.arms
        ],
        "said": found.to_dict()["said"],
        "minutes": (time.monotonic() - started) / 60,
    }


def _harmless(
    desk: Desk, task: str, planted: Planted, rng: random.Random
) -> tuple[dict[str, Edit], tuple[Row, ...]]:
    """The fault's edits and rows with those that do no harm."""
    edits = dict(planted.edits)
    others = [one for one in TASKS if one != task]
    for at, who in enumerate(_PEOPLE):
        place = task if at < 2 else others[at % len(others)]
        free = [
            e for e in desk.trained(place) if e.example_id not in edits and e.prompt not in planted.guilty
        ]
        for e in rng.sample(free, min(_EACH, len(free))):
            edits[e.example_id] = Edit(who, e.answer, f"{e.prompt} Please tell me.")
    more = planted.more
    if not more:
        known = {e.prompt for e in desk.version.examples()}
        drawn = islice(rows(rng, desk.shop, task, "web"), 4 * _EACH)
        more = tuple(islice((row for row in drawn if row.prompt not in known), _EACH))
    return edits, more


def table(trials: list[dict[str, Any]]) -> str:
    """By fault; and all that was planted together."""
    lines = [
        "| planted | trials | exactly the planted rows | said | arms | 2·log2(groups)+3 | runs trained |",
        "|---|---|---|---|---|---|---|",
    ]
    for fault in _EVERY:
        name = f"{fault} (control: none found)" if fault in CONTROLS else fault
        if own := [t for t in trials if t["fault"] == fault]:
            lines.append(_line(name, own))
    planted = [t for t in trials if t["fault"] in _PLANTED]
    if planted:
        lines.append(_line("**all with one fault**", planted))
    return "\n".join(lines)


def _line(name: str, own: list[dict[str, Any]]) -> str:
    verdicts: dict[str, int] = {}
    for one in own:
        verdicts[one["verdict"]] = verdicts.get(one["verdict"], 0) + 1
    told = ", ".join(f"{n} {what}" for what, n in verdicts.items())
    arms, runs = ([one[what] for one in own] for what in ("arms", "runs"))
    return (
        f"| {name} | {len(own)} | {sum(one['exact'] for one in own)} | {told} "
        f"| {np.mean(arms):.1f} ({min(arms)}–{max(arms)}) | {np.mean([one['most_arms'] for one in own]):.1f} "
        f"| {np.mean(runs):.0f} ({min(runs)}–{max(runs)}) |"
    )


if __name__ == "__main__":
    main()
