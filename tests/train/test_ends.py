"""Clear ends of the real command, and a stop that does not depend on how many examples go through at once."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from transformers import AutoTokenizer

import train
from curate.workspace import Workspace
from schemas.errors import UsageError
from schemas.run import RunInfo
from train.progress import Silent
from train.store import CONFIG, INFO

NewWorkspace = Callable[..., Workspace]


def command(workspace: Workspace, *arguments: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-m", "train", *arguments]
    return subprocess.run(line, cwd=workspace.root, capture_output=True, text=True)


def test_a_misspelt_key_is_told_at_once_with_the_nearest(new_workspace: NewWorkspace, tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path)
    recipe = workspace.recipe_path
    recipe.write_text(recipe.read_text().replace("learning_rate:", "learning_rat:"))
    done = command(workspace, "run")
    assert (done.returncode, done.stdout) == (2, "")
    problem, mend = done.stderr.splitlines()
    assert "recipe.yaml:" in problem
    assert "learning_rat" in problem
    assert "learning_rate" in mend
    assert not workspace.runs.exists()


def test_a_model_without_a_template_cannot_be_trained_on(
    new_workspace: NewWorkspace, small_base: Path, tmp_path: Path
) -> None:
    workspace = new_workspace(tmp_path, model="bare")
    for file in small_base.iterdir():
        if file.name != "chat_template.jinja":
            (tmp_path / "bare").mkdir(exist_ok=True)
            (tmp_path / "bare" / file.name).symlink_to(file)
    assert AutoTokenizer.from_pretrained(tmp_path / "bare").chat_template is None
    with pytest.raises(UsageError, match="chat template"):
        train.run("tiny0001", recipe=workspace.recipe_path, progress=Silent())
    assert train.runs(workspace) == []


def test_a_run_is_taken_up_by_one_process(new_workspace: NewWorkspace, tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path)
    folder = workspace.runs / "r1"
    folder.mkdir(parents=True)
    (folder / CONFIG).write_text(workspace.recipe_path.read_text())
    info = RunInfo(
        run="r1",
        state="interrupted",
        dataset_version="tiny0001",
        base_model="b",
        method="lora",
        seed=17,
        template_sha256="0",
        system_prompt_sha256="0",
        started_at="2026-01-01T00:00:00Z",
        reason="stopped by a signal",
    )
    (folder / INFO).write_text(info.to_json())
    code = (
        "import sys; from pathlib import Path; from train.record.held import held\n"
        "with held(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with pytest.raises(UsageError, match="run r1 is being trained by another process"):
        train.run(recipe=workspace.recipe_path, resume="r1", progress=Silent())
    listed = command(workspace, "runs")
    assert "run r1 interrupted: stopped by a signal" in listed.stderr
    other.communicate("")
    assert other.returncode == 0


def test_early_stopping_does_not_depend_on_the_batch(new_workspace: NewWorkspace, tmp_path: Path) -> None:
    """The reported `eval_loss` of transformers does; ours is a sum over the examples' table."""
    runs = []
    for per_device in (1, 4):
        workspace = new_workspace(
            tmp_path / str(per_device),
            method="full",
            learning_rate=5e-2,
            scheduler="constant",
            epochs=9,
            snapshots=[],
            batch={"effective": 24, "per_device": per_device},
            early_stopping={"patience": 2},
        )
        runs.append(train.run("tiny0001", recipe=workspace.recipe_path, progress=Silent()))
    assert [run.state for run in runs] == ["stopped early"] * 2
    assert runs[0].info.step == runs[1].info.step
    assert runs[0].info.final.best_step == runs[1].info.final.best_step
    ones, fours = ([m["validation_loss"] for m in r.metrics() if "validation_loss" in m] for r in runs)
    assert ones == pytest.approx(fours, rel=1e-4)
    assert ones[0] == pytest.approx(fours[0], rel=1e-6)
