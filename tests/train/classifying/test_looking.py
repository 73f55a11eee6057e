"""A classification looked at by the commands that look at any run, and by the review."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import train
from curate.cli import group as curate
from curate.workspace import Workspace
from train.cli import group
from train.queue import review_queue
from train.story import stories
from tui.model.tokens import TokenLosses

NewWorkspace = Callable[..., Workspace]


@pytest.fixture
def recipe(letters_run: train.Run) -> str:
    return str(letters_run.path.parents[2] / "recipe.yaml")


def test_losses_list_the_mistaken_first(letters_run: train.Run, recipe: str) -> None:
    wrong = letters_run.predictions().query("model == 'adapter' and predicted != label")
    items = review_queue(letters_run, by="mistaken")
    assert len(wrong)
    assert {item.example_id for item in items[: len(wrong)]} == set(wrong["example_id"])
    assert items[0].signal == pytest.approx((wrong["probability"] - wrong["label_probability"]).max())
    assert {item.signal for item in items[len(wrong) :]} == {0.0}
    assert {(item.label, item.predicted) for item in items[: len(wrong)]} == set(
        zip(wrong["label"], wrong["predicted"], strict=True)
    )
    told = CliRunner().invoke(group, ["losses", "--recipe", recipe, "--sort", "mistaken", "--top", "1"])
    assert told.exit_code == 0
    assert {"label", "predicted", "probability"} <= set(told.stdout.split())
    by_loss = json.loads(CliRunner().invoke(group, ["losses", "--recipe", recipe, "--json"]).stdout)
    assert (by_loss[0]["loss"], by_loss[0]["n_tokens"]) == (items_max(letters_run), 1)


def items_max(run: train.Run) -> float:
    table = run.losses().query("kind == 'snapshot' and model == 'adapter'")
    return float(table[table["step"] == table["step"].max()]["loss"].max())


def test_runs_show_accuracy(letters_run: train.Run, recipe: str) -> None:
    told = CliRunner(env={"COLUMNS": "200"}).invoke(group, ["runs", "--recipe", recipe]).stdout
    assert "accuracy" in told
    assert f"{letters_run.info.final.test_accuracy:.3f}" in told
    (data,) = json.loads(CliRunner().invoke(group, ["runs", "--recipe", recipe, "--json"]).stdout)
    assert (data["task"], data["labels"]) == ("classification", ["parcel", "refund", "size"])
    assert data["final"]["test_accuracy"] == letters_run.info.final.test_accuracy


def test_why_tells_class_and_prediction(letters_run: train.Run, recipe: str) -> None:
    wrong = letters_run.predictions().query("model == 'adapter' and predicted != label").iloc[0]
    (story,) = stories(Workspace.open(Path(recipe)), wrong["example_id"])
    assert story.verdict.startswith(f"class '{wrong['label']}', but predicted '{wrong['predicted']}' with")
    assert story.worst_tokens == ()
    told = CliRunner().invoke(curate, ["why", wrong["example_id"], "--recipe", recipe])
    assert story.verdict in told.stdout


def test_the_review_lays_the_loss_on_the_whole_answer(letters_run: train.Run) -> None:
    workspace = Workspace.open(letters_run.path.parents[2] / "recipe.yaml")
    example = workspace.version("tiny0001").examples("test")[0]
    spans = TokenLosses.of_run(letters_run).spans(example)
    tokens = pq.read_table(letters_run.path / "tokens.parquet").to_pylist()
    nll = next(r["nll"] for r in tokens if (r["example_id"], r["model"]) == (example.example_id, "adapter"))
    answer = example.messages[2].content
    assert spans == {2: [(1, len(answer) - 1, nll[0])]}
