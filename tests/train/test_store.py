"""Runs read from disk: which there are, in what state, and what a damaged one says."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from curate.workspace import Workspace
from schemas.errors import RunError
from schemas.run import FinalLosses
from train.record.held import held
from train.store import Run, list_runs, load_run, open_run

WriteRun = Callable[..., Run]


def test_the_latest_run_is_opened_when_none_is_named(workspace: Workspace, write_run: WriteRun) -> None:
    write_run("b-run", started_at="2026-01-02T00:00:00Z")
    write_run("a-run", started_at="2026-01-03T00:00:00Z")
    write_run("c-run", started_at="2026-01-01T00:00:00Z")
    assert [run.id for run in list_runs(workspace)] == ["c-run", "b-run", "a-run"]
    assert open_run(workspace).id == "a-run"
    assert open_run(workspace.recipe_path, "b").id == "b-run"


def test_tables_metrics_and_recipe_are_read(write_run: WriteRun) -> None:
    run = write_run("r1", losses=[("e1", "train", "snapshot", "adapter", 3, 2.5)])
    assert run.losses()["loss"].tolist() == [2.5]
    assert run.losses()["n_tokens"].dtype == "int32"
    assert run.metrics() == [{"step": 1, "loss": 2.0}]
    assert run.recipe.train is not None
    assert run.adapter.is_dir()


def test_a_last_line_cut_short_is_left_out(write_run: WriteRun) -> None:
    run = write_run("r1")
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 2, "lo')
    assert [m["step"] for m in run.metrics()] == [1]


def test_a_line_damaged_in_the_middle_is_an_error(write_run: WriteRun) -> None:
    run = write_run("r1")
    (run.path / "metrics.jsonl").write_text('{"step"\n{"step": 2}\n')
    with pytest.raises(RunError, match=r"metrics\.jsonl: damaged"):
        run.metrics()


@pytest.mark.parametrize("name", ["", "zzz", "r"])
def test_a_name_of_no_or_several_runs_lists_them(
    workspace: Workspace, write_run: WriteRun, name: str
) -> None:
    write_run("r1")
    write_run("r2")
    with pytest.raises(RunError) as caught:
        open_run(workspace, name)
    assert "r1, r2" in caught.value.mend


def test_no_run_at_all(workspace: Workspace) -> None:
    assert list_runs(workspace) == []
    with pytest.raises(RunError, match="no run yet"):
        open_run(workspace)


def test_a_run_whose_process_is_gone_was_interrupted(write_run: WriteRun) -> None:
    here = {"host": socket.gethostname(), "state": "running"}
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    run = write_run("r1", **here, pid=os.getpid())
    assert run.state == "interrupted"  # this process stands, and trains nothing
    with held(run.path):
        assert run.state == "running"
    assert write_run("r2", **here, pid=gone.pid).state == "interrupted"
    assert write_run("r3", **here | {"host": "elsewhere"}, pid=gone.pid).state == "running"
    assert write_run("r4", state="done", pid=gone.pid).state == "done"


@pytest.mark.parametrize(
    ("state", "mend"),
    [("interrupted", "train run --resume r1"), ("running", "wait"), ("done", "train again")],
)
def test_what_is_missing_is_named_with_a_mend_for_the_state(
    write_run: WriteRun, state: str, mend: str
) -> None:
    run = write_run("r1", state=state, host="elsewhere")
    (run.path / "losses.parquet").unlink(missing_ok=True)
    with pytest.raises(RunError) as caught:
        run.losses()
    assert "losses.parquet: missing" in caught.value.problem
    assert mend in caught.value.mend


@pytest.mark.parametrize("damage", [b"", b"{", b"{}", b"\xff\xfe"])
def test_a_damaged_run_json_is_an_error_that_names_it(write_run: WriteRun, damage: bytes) -> None:
    run = write_run("r1")
    (run.path / "run.json").write_bytes(damage)
    with pytest.raises(RunError, match=r"run\.json: damaged"):
        load_run(run.path)


def test_a_damaged_table_is_an_error_that_names_it(write_run: WriteRun) -> None:
    run = write_run("r1", losses=[("e1", "train", "snapshot", "adapter", 3, 2.5)])
    file = run.path / "losses.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(RunError, match=r"losses\.parquet: damaged"):
        run.losses()


def test_run_json_keeps_every_field(write_run: WriteRun) -> None:
    run = write_run("r1", final=FinalLosses(test_loss=1.25, best_step=4))
    assert load_run(run.path) == replace(run, info=run.info)
    written = json.loads((run.path / "run.json").read_text())
    assert written["final"]["test_loss"] == 1.25
    assert {"run", "dataset_version", "base_model", "method", "seed", "packages", "tokens"} <= written.keys()


def test_reading_a_run_loads_no_torch(workspace: Workspace, write_run: WriteRun) -> None:
    write_run("r1", losses=[("e1", "train", "snapshot", "adapter", 3, 2.5)])
    code = (
        "import sys, train; from pathlib import Path;"
        f"run = train.open_run({str(workspace.recipe_path)!r}); run.losses();"
        "assert train.review_queue(run)[0].example_id == 'e1';"
        "assert not {'torch', 'transformers', 'textual'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
