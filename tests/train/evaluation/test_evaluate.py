"""`train eval` from end to end: three systems, stored answers, what stands is not asked again."""

import json
import os
import shutil
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

import train
from curate.workspace import Workspace
from schemas.arrow import EVALUATED_LOSSES, generations_schema
from schemas.errors import Interrupted, RunError, UsageError
from train.cli import group
from train.evaluation.evaluate import evaluate
from train.evaluation.result import Evaluation, list_evaluations, load_evaluation
from train.store import open_run

# Enough examples for intervals, and short answers.
ASKED: dict[str, Any] = {"split": "train", "max_new_tokens": 8}
TEXT = ("exact_match", "f1", "rouge_l", "bleu", "chrf")


def asked_of(captured: str) -> int:
    """How many answers were asked for, by the lines on stderr."""
    return sum(int(line.rpartition(" ")[2]) for line in captured.splitlines() if " answers: " in line)


@pytest.fixture(scope="module")
def evaluated(lora: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with one evaluation, which no test changes."""
    folder = tmp_path_factory.mktemp("evaluated") / "desk"
    shutil.copytree(lora.root, folder)
    evaluate(recipe=folder / "recipe.yaml", few_shot=2, **ASKED)
    return Workspace.open(folder / "recipe.yaml")


@pytest.fixture
def three(evaluated: Workspace) -> Evaluation:
    (found,) = list_evaluations(open_run(evaluated))
    return found


def test_three_systems_side_by_side(three: Evaluation, evaluated: Workspace) -> None:
    result = three.set("train")
    assert [system.name for system in result.systems] == ["base", "few-shot", "adapter"]
    assert [system.loss_from for system in result.systems] == ["run", "measured", "run"]
    assert [(c.first, c.second) for c in result.comparisons] == [("base", "adapter"), ("few-shot", "adapter")]
    assert result.system("few-shot").shots == 2.0
    assert (result.examples, result.groups, result.max_new_tokens) == (24, 24, 8)
    table = three.generations()
    assert table.columns.tolist() == generations_schema(TEXT).names
    assert len(table) == 3 * 24
    assert table["prediction"].notna().all()
    by_id = {e.example_id: e for e in evaluated.version("tiny0001").examples("train")}
    for row in table.itertuples():
        assert row.reference == by_id[row.example_id].messages[row.turn].content
        assert len(row.shots) == (2 if row.system == "few-shot" else 0)
    assert three.losses().columns.tolist() == EVALUATED_LOSSES.names
    assert load_evaluation(three.path).info == three.info == list_evaluations(open_run(evaluated))[0].info
    assert three.path.parent == open_run(evaluated).path / "evals"


def test_figures_are_those_of_the_tables(three: Evaluation, evaluated: Workspace) -> None:
    result, table, losses = three.set("train"), three.generations(), three.losses()
    recorded = open_run(evaluated).losses()
    for system in result.systems:
        mine = table[table["system"] == system.name]
        nats = losses[losses["system"] == system.name]
        figures = {figure.metric: figure for figure in system.figures}
        for name in ("exact_match", "f1", "rouge_l", "chrf"):
            assert figures[name].value == pytest.approx(mine[name].mean())
        assert figures["loss"].value == pytest.approx(nats["nll_sum"].sum() / nats["n_tokens"].sum())
        assert all(f.low is not None and f.low <= f.value <= f.high for f in system.figures)
    snapshot = recorded[(recorded["kind"] == "snapshot") & (recorded["split"] == "train")]
    for name in ("base", "adapter"):
        there = snapshot[snapshot["model"] == name].groupby("example_id")["loss"].last()
        here = losses[losses["system"] == name].set_index("example_id")["loss"]
        pd.testing.assert_series_equal(here.sort_index(), there.sort_index(), check_names=False)
    (loss,) = (c for c in result.comparison("base", "adapter").contrasts if c.metric == "loss")
    assert loss.difference == pytest.approx((loss.second or 0) - (loss.first or 0))
    assert loss.low is not None
    assert loss.low < (loss.difference or 0) < (loss.high or 0)
    wide = losses.pivot(index="example_id", columns="system", values="loss")
    assert loss.wins == (wide["adapter"] < wide["base"]).sum()
    assert (loss.wins or 0) + (loss.losses or 0) + (loss.ties or 0) == 24


def test_slices_are_parts_of_the_whole(three: Evaluation) -> None:
    found = three.set("train").comparison("base", "adapter").slices
    lengths = [each for each in found if each.by == "length"]
    assert sum(each.examples for each in lengths) == 24
    assert {each.by for each in found} == {"length"}  # one source, no tags
    for each in lengths:
        for contrast in each.contrasts:
            assert contrast.examples == each.examples
            assert (contrast.low is None) == (each.groups < 8)


def test_what_stands_is_not_asked_again(
    three: Evaluation, evaluated: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(evaluated.root, tmp_path / "desk")
    recipe = tmp_path / "desk" / "recipe.yaml"
    again = evaluate(recipe=recipe, few_shot=2, **ASKED)
    assert capsys.readouterr().err == ""
    assert again.info.model_copy(update={"made_at": ""}) == three.info.model_copy(update={"made_at": ""})
    assert again.generations().equals(three.generations())
    fewer = evaluate(recipe=recipe, metrics=("f1",), limit=9, **ASKED)
    assert asked_of(capsys.readouterr().err) == 0
    assert (len(fewer.generations()), fewer.path == again.path) == (18, False)
    other = evaluate(recipe=recipe, against=(), split="train", max_new_tokens=4, limit=5)
    assert asked_of(capsys.readouterr().err) == 5
    assert [system.name for system in other.set("train").systems] == ["adapter"]
    assert len(list_evaluations(open_run(Workspace.open(recipe)))) == 3


def test_ctrl_c_keeps_what_was_answered(
    desk: Workspace, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    whole = evaluate(recipe=desk.recipe_path, split="train", max_new_tokens=120, output=tmp_path / "whole")
    capsys.readouterr()
    for folder in (tmp_path / "whole", open_run(desk).path / "evals"):
        assert folder.exists() == (folder.name == "whole")
    parts = tmp_path / "cut" / "parts"

    def press() -> None:
        while not list(parts.glob("answers-*.parquet")):
            time.sleep(0.002)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    cut = {"recipe": desk.recipe_path, "split": "train", "max_new_tokens": 120, "output": tmp_path / "cut"}
    with pytest.raises(Interrupted, match="what was answered is kept"):
        evaluate(**cut)
    with pytest.raises(RunError, match="no evaluation here"):
        load_evaluation(tmp_path / "cut")
    first = asked_of(capsys.readouterr().err)
    (tmp_path / "cut" / "parts" / ".tmp-999999-answers.parquet").write_bytes(b"half a")  # of a killed writer
    done = evaluate(**cut)
    second = asked_of(capsys.readouterr().err)
    assert (first, second < 48) == (24, True)
    assert done.generations().equals(whole.generations())
    assert done.info.sets == whole.info.sets
    assert not parts.exists()


def test_a_general_set(desk: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"prompt": f"What is {i} and {i}?", "completion": f"It is {2 * i}."} for i in range(12)]
    rows[3] = {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"},
                            {"role": "assistant", "content": "Hello."}]}  # fmt: skip
    (tmp_path / "general.jsonl").write_text("\n".join(map(json.dumps, [*rows, rows[0]])))
    monkeypatch.chdir(tmp_path)
    found = evaluate(recipe=desk.recipe_path, few_shot=1, general=("general.jsonl",), max_new_tokens=2)
    own, general = found.sets
    assert (own.kind, own.verdict, len(own.systems)) == ("split", None, 3)
    assert (general.kind, general.name, general.examples) == ("general", "general.jsonl", 12)
    assert [system.name for system in general.systems] == ["base", "adapter"]
    assert general.verdict is not None
    (loss,) = (c for c in general.comparisons[0].contrasts if c.metric == "loss")
    if loss.low is not None and loss.low > 0:
        assert general.verdict.startswith("forgetting: the loss rose by")
    else:
        assert "forgetting" in general.verdict
    table = found.generations()
    prompts = table[(table["set"] == "general.jsonl") & (table["system"] == "base")]["n_prompt_tokens"]
    assert prompts.min() < prompts.max() - 8  # the one with its own system prompt, and those with the run's


def test_every_answer_of_a_conversation(desk: Workspace) -> None:
    found = evaluate(recipe=desk.recipe_path, split="train", turns="all", max_new_tokens=2, against=())
    table = found.generations()
    turns = [
        (e.example_id, i)
        for e in desk.version("tiny0001").examples("train")
        for i, m in enumerate(e.messages)
        if m.role == "assistant"
    ]
    assert sorted(zip(table["example_id"], table["turn"], strict=True)) == sorted(turns)
    assert len(turns) > 24
    figures = {f.metric: f for f in found.set("train").system("adapter").figures}
    assert (figures["loss"].examples, figures["f1"].examples) == (24, len(turns))


def test_a_prompt_that_fills_the_context_is_told(desk: Workspace, tmp_path: Path) -> None:
    rows = [{"prompt": "word " * n, "completion": "Yes."} for n in (3, 900)]
    (tmp_path / "long.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = evaluate(recipe=desk.recipe_path, general=(str(tmp_path / "long.jsonl"),), max_new_tokens=2)
    result = found.sets[1]
    assert [system.answers for system in result.systems] == [1, 1]
    assert {skip.system for skip in result.skipped} == {"base", "adapter"}
    assert "fills the model's 512" in result.skipped[0].reason
    assert any("1 examples were not asked" in note for note in found.info.notes)


def test_a_metric_of_ones_own_that_fails_costs_no_answer(
    desk: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    file = desk.root / "mine.py"
    file.write_text("def size(prediction, reference, example):\n    return len(predictions)\n")
    with pytest.raises(UsageError, match=r"the metric mine.size raised NameError: .* for example \w{20}"):
        evaluate(recipe=desk.recipe_path, metrics=("mine.size",), **ASKED)
    assert asked_of(capsys.readouterr().err) == 48
    file.write_text("def size(prediction, reference, example):\n    return len(prediction)\n")
    found = evaluate(recipe=desk.recipe_path, metrics=("mine.size",), **ASKED)
    assert asked_of(capsys.readouterr().err) == 0
    table = found.generations()
    assert (table["mine.size"] == table["prediction"].str.len()).all()


def test_another_template_or_prompt_is_refused(desk: Workspace, said: list[str]) -> None:
    text = desk.recipe_path.read_text().replace("briefly and kindly", "at length")
    desk.recipe_path.write_text(text)
    with pytest.raises(UsageError, match="system_prompt is not the one of training"):
        evaluate(recipe=desk.recipe_path, **ASKED)
    evaluate(recipe=desk.recipe_path, force=True, say=said.append, limit=2, against=(), **ASKED)
    assert "--force: the recipe's system_prompt is not the one of training" in said


def test_what_cannot_be_done_is_said(desk: Workspace, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="holds something else already"):
        evaluate(recipe=desk.recipe_path, output=tmp_path / "taken", **ASKED)
    with pytest.raises(UsageError, match="'f2' is no metric"):
        evaluate(recipe=desk.recipe_path, metrics=("f2",), **ASKED)
    with pytest.raises(UsageError, match="is no split"):
        evaluate(recipe=desk.recipe_path, split="tset")


def test_the_recipe_says_what_is_asked(desk: Workspace) -> None:
    with desk.recipe_path.open("a") as file:
        file.write("eval: {few_shot: 1, metrics: [f1], max_new_tokens: 3, limit: 4}\n")
    found = train.evaluate(open_run(desk))
    (result,) = found.sets
    assert (result.examples, result.max_new_tokens) == (4, 3)
    assert [f.metric for f in result.systems[1].figures] == ["loss", "f1"]
    found = train.evaluate(open_run(desk), limit=5)
    assert found.sets[0].examples == 5


def test_the_command(desk: Workspace) -> None:
    command = ["eval", open_run(desk).id, "--recipe", str(desk.recipe_path), "--max-new-tokens", "3"]
    done = CliRunner().invoke(group, [*command, "--split", "train", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told == load_evaluation(Path(told["path"])).to_dict()
    shown = CliRunner().invoke(group, [*command, "--split", "train"])
    assert "adapter against base" in shown.stdout
    assert f"answers, examples and slices: {told['path']}" in shown.stdout
    assert "test: base answers" not in shown.stderr
    refused = CliRunner().invoke(group, [*command, "--metrics", "f2"])
    assert isinstance(refused.exception, UsageError)
