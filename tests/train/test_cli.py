"""The `train` command as a user meets it: a process of its own, its streams and its exit code."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from curate.workspace import Workspace
from train.store import Run

WriteRun = Callable[..., Run]
LOSSES = [
    ("e1", "train", "snapshot", "base", 0, 4.0),
    ("e1", "train", "snapshot", "adapter", 6, 1.5),
    ("e2", "test", "snapshot", "base", 0, 3.0),
    ("e2", "test", "snapshot", "adapter", 6, 2.5),
]


def train(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    code = "from train.cli import main; main()"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, text=True, capture_output=True, timeout=200)


def test_losses_are_a_table_on_stdout(workspace: Workspace, write_run: WriteRun) -> None:
    write_run("r1", losses=LOSSES)
    done = train("losses", cwd=workspace.root)
    assert done.returncode == 0
    header, first, second = done.stdout.splitlines()
    assert header.split() == ["example", "split", "loss", "gain", "rise", "tokens", "step", "cut"]
    assert first.split() == ["e2", "test", "2.5000", "0.5000", "0.0000", "4", "6"]
    assert second.split()[0] == "e1"
    assert done.stderr.splitlines() == ["run r1, done: worst 2 by loss"]


def test_losses_as_json_take_the_same_options(workspace: Workspace, write_run: WriteRun) -> None:
    write_run("r1", losses=LOSSES)
    done = train("losses", "r1", "--json", "--sort", "gain", "--split", "train", cwd=workspace.root)
    (item,) = json.loads(done.stdout)
    measured = {name: value for name, value in item.items() if value is not None}
    assert measured == {
        "by": "gain",
        "example_id": "e1",
        "gain": 2.5,
        "loss": 1.5,
        "n_tokens": 4,
        "rise": 0.0,
        "signal": 2.5,
        "split": "train",
        "step": 6,
        "truncated": False,
        "base_loss": 4.0,
        "worst_token": 9.0,
        "confidence": pytest.approx(0.22313, abs=1e-5),
        "correctness": 0.5,
        "noise": 0.5,
        "noise_late": 0.5,
        "noise_slow": 0.5,
        "noise_token": 0.5,
    }
    assert done.stderr == ""


def test_a_script_gets_every_row_and_a_person_the_first_twenty(
    workspace: Workspace, write_run: WriteRun
) -> None:
    write_run("r1", losses=[(f"e{i}", "train", "snapshot", "adapter", 6, 0.5) for i in range(30)])
    assert len(json.loads(train("losses", "--json", cwd=workspace.root).stdout)) == 30
    assert len(train("losses", cwd=workspace.root).stdout.splitlines()) == 1 + 20
    assert len(train("losses", "--top", 3, cwd=workspace.root).stdout.splitlines()) == 1 + 3


def test_runs_lists_state_and_losses(workspace: Workspace, write_run: WriteRun) -> None:
    write_run("r1", final={"base_test_loss": 4.0, "test_loss": 2.125}, step=6, total_steps=6)
    done = train("runs", cwd=workspace.root)
    assert done.stdout.splitlines()[1].split() == [
        *["r1", "done", "tiny0001", "tiny-base", "lora", "6/6", "4.0000", "2.1250", "–"]
    ]
    (run,) = json.loads(train("runs", "--json", cwd=workspace.root).stdout)
    assert (run["run"], run["state"], run["final"]["test_loss"]) == ("r1", "done", 2.125)


def test_losses_on_different_data_are_said_to_be_incomparable(
    workspace: Workspace, write_run: WriteRun
) -> None:
    write_run("r1", final={"test_loss": 2.0}, dataset_version="d1")
    write_run("r2", final={"test_loss": 1.0}, dataset_version="d1")
    assert train("runs", cwd=workspace.root).stderr == ""
    write_run("r3", final={}, dataset_version="d2")
    assert train("runs", cwd=workspace.root).stderr == ""
    write_run("r4", final={"test_loss": 1.0}, dataset_version="d2")
    assert "`train audit A B` takes shared ones" in train("runs", cwd=workspace.root).stderr


def test_no_runs_is_no_error(workspace: Workspace) -> None:
    done = train("runs", cwd=workspace.root)
    assert (done.returncode, done.stdout) == (0, "")
    assert "train run" in done.stderr
    assert json.loads(train("runs", "--json", cwd=workspace.root).stdout) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["losses"], 3, "no run yet"),
        (["losses", "--sort", "los"], 2, "'los' is not one of"),
        (["losses", "--recipe", "none.yaml"], 2, "none.yaml: no such recipe"),
        (["los"], 2, "No such command"),
        (["tiny-base", "x", "--steps", "1", "--minutes", "1"], 2, "--steps and --minutes"),
        (["tiny-base", "."], 2, "holds something already"),
    ],
)
def test_an_error_is_two_lines_and_an_exit_code(
    workspace: Workspace, arguments: list[str], code: int, words: str
) -> None:
    done = train(*arguments, cwd=workspace.root)
    assert done.returncode == code
    problem, mend = done.stderr.splitlines()
    assert problem.startswith("error: ")
    assert words in problem
    assert mend.startswith("  fix: ")
    assert done.stdout == ""


def test_debug_shows_where_an_error_comes_from(workspace: Workspace) -> None:
    assert "Traceback" in train("losses", "--debug", cwd=workspace.root).stderr


def test_tiny_base_says_where_it_is(tmp_path: Path) -> None:
    done = train("tiny-base", "base", "--steps", 2, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "base\n")
    assert (tmp_path / "base" / "model.safetensors").is_file()
    lines = done.stderr.splitlines()
    assert lines[0].startswith("pretraining")
    assert "name it in the recipe" in lines[-1]


def test_help_is_quick_to_load() -> None:
    code = (
        "import sys, train.cli; train.cli.group(['--help'], standalone_mode=False);"
        "heavy = {'torch', 'transformers', 'textual', 'pyarrow', 'pandas', 'datasets', 'trl'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, env={**os.environ})
    assert done.returncode == 0, done.stderr
    for command in ("tiny-base", "run", "runs", "losses"):
        assert command in done.stdout
