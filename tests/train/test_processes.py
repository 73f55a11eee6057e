"""Several processes train one run: the table of losses is the one that a single process writes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import train
from curate.workspace import Workspace
from schemas.errors import UsageError
from schemas.training import Quantization, Train
from train.fitting.compute import Machine, decide
from train.presets import path_of

FSDP_ON_CPU = Path(__file__).parents[1] / "kit" / "fsdp_on_cpu.py"
# With five examples at a time an epoch of 24 ends on a round that is short of rows.
SETTINGS = {"epochs": 2, "evals_per_epoch": 2}


def launch(workspace: Workspace, *arguments: str, preset: str = "ddp") -> subprocess.Popen[str]:
    """`accelerate launch … --no_python train run` in two processes on the CPU."""
    command = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(path_of(preset))]
    command += ["--num_processes", "2", "--main_process_port", "0", "--no_python"]
    if preset == "ddp":
        command += [str(Path(sys.executable).parent / "train")]
    else:
        command += [sys.executable, str(FSDP_ON_CPU)]
    command += ["run", "--recipe", str(workspace.recipe_path)]
    return subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )


def finished(process: subprocess.Popen[str], workspace: Workspace) -> train.Run:
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    (run,) = train.runs(workspace)
    assert out.split() == [run.id], "the first process alone prints"
    return run


def assert_same_table(together: train.Run, alone: train.Run) -> None:
    """But for rounding."""
    key = ["example_id", "kind", "model", "step"]
    exact = ["split", "n_tokens", "n_correct", "truncated"]
    expected, found = (run.losses().sort_values(key, ignore_index=True) for run in (alone, together))
    pd.testing.assert_frame_equal(found[key + exact], expected[key + exact])
    # Part of an epoch is counted in micro-batches, and a round of two processes is two of them.
    epochs = found.pop("epoch"), expected.pop("epoch")
    assert (np.ceil(epochs[0]) == np.ceil(epochs[1])).all()
    pd.testing.assert_frame_equal(found, expected, rtol=1e-4)
    assert [m["tokens"] for m in together.metrics() if "tokens" in m] == [
        m["tokens"] for m in alone.metrics() if "tokens" in m
    ]


def test_two_processes_write_the_table_of_one(
    new_workspace: Callable[..., Workspace], tmp_path: Path
) -> None:
    settings = SETTINGS | {"packing": False, "batch": {"effective": 10, "per_device": 5}}
    one, two = (new_workspace(tmp_path / name, **settings) for name in ("one", "two"))
    launched = launch(two)
    alone = train.run("tiny0001", recipe=one.recipe_path)
    together = finished(launched, two)
    assert (alone.info.processes, together.info.processes) == (1, 2)
    assert_same_table(together, alone)


def test_a_kill_ends_as_undisturbed(new_workspace: Callable[..., Workspace], tmp_path: Path) -> None:
    """Two processes with packs, killed in the second epoch and gone on with."""
    settings = SETTINGS | {"packing": True, "batch": {"effective": 12, "per_device": 1}}
    one, two = (new_workspace(tmp_path / name, **settings) for name in ("one", "two"))
    alone = train.run("tiny0001", recipe=one.recipe_path)
    first = launch(two)
    _at_step(first, two, 3)
    (run,) = train.runs(two)
    os.kill(run.info.pid, signal.SIGKILL)
    first.communicate(timeout=120)
    assert_same_table(finished(launch(two, "--resume", run.id), two), alone)


def _at_step(process: subprocess.Popen[str], workspace: Workspace, step: int) -> None:
    """Waits until the run has trained so far."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        metrics = list(workspace.runs.glob("*/metrics.jsonl"))
        if metrics and f'"step": {step},' in metrics[0].read_text():
            return
        time.sleep(0.02)
    raise AssertionError(f"step {step} was not reached: {process.communicate()[1]}")


def test_an_error_of_all_is_told_once(new_workspace: Callable[..., Workspace], tmp_path: Path) -> None:
    process = launch(new_workspace(tmp_path, model=str(tmp_path / "nowhere")))
    out, err = process.communicate(timeout=120)
    assert process.returncode != 0
    assert (out, err.count("no folder")) == ("", 1)


def test_shards_over_two_processes(new_workspace: Callable[..., Workspace], tmp_path: Path) -> None:
    """FSDP with a base model in four bits, interrupted and gone on with."""
    settings = SETTINGS | {"method": "qlora", "packing": False, "batch": {"effective": 10, "per_device": 5}}
    one, two = (new_workspace(tmp_path / name, **settings) for name in ("one", "two"))
    alone = train.run("tiny0001", recipe=one.recipe_path)
    first = launch(two, preset="fsdp-qlora")
    _at_step(first, two, 3)
    first.send_signal(signal.SIGINT)
    _, err = first.communicate(timeout=240)
    (run,) = train.runs(two)
    assert run.state == "interrupted", err
    assert_same_table(finished(launch(two, "--resume", run.id, preset="fsdp-qlora"), two), alone)


def test_what_cannot_lie_in_shards_is_told() -> None:
    machine = Machine("cuda", "two GPUs", bf16=True, shards=True)
    assert decide(Train(model="m"), machine).optimiser == "adamw_torch"
    with pytest.raises(UsageError, match=r"train\.optimizer: paged_adamw_8bit .* shards"):
        decide(Train(model="m", optimizer="paged_adamw_8bit"), machine)
    with pytest.raises(UsageError, match="8 bits cannot be laid in shards"):
        decide(Train(model="m", quantization=Quantization(bits=8)), machine)
