"""A plan of a classification: its classes, what its rows lose, and the memory of its head."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from transformers import AutoConfig, AutoModelForSequenceClassification

from curate.workspace import Workspace
from schemas.errors import UsageError
from schemas.example import Example
from train.cli import group
from train.plan.outline import outline
from train.plan.shape import read_shape

NewWorkspace = Callable[..., Workspace]


def test_classes_are_shown_with_their_rows(new_class_workspace: NewWorkspace, tmp_path: Path) -> None:
    workspace = new_class_workspace(tmp_path, labels=["size", "parcel", "refund", "broken"])
    told = CliRunner().invoke(
        group,
        ["plan", "--recipe", str(workspace.recipe_path), "--plain", "--gpu", "T4"],
        catch_exceptions=False,
    )
    assert "parcel ████████████████████████████████████████ 60 + 15 validation + 15 test" in told.stdout
    assert "no train row has the class 'broken': it cannot be learnt" in told.stdout
    assert "⟦size⟧" in told.stdout or "⟦parcel⟧" in told.stdout
    as_json = CliRunner().invoke(group, ["plan", "--recipe", str(workspace.recipe_path), "--json"])
    data = json.loads(as_json.stdout)
    assert data["task"] == "classification"
    assert data["classes"][0] == {"name": "size", "train": 24, "validation": 6, "test": 6}
    assert data["course"]["packed"] is False


def test_uneven_classes_are_said(
    new_class_workspace: NewWorkspace, class_examples: list[Example], tmp_path: Path
) -> None:
    def answer(example: Example) -> str:
        return example.messages[-1].content.strip()

    few = [e for e in class_examples if answer(e) != "size" or e.split != "train"]
    few += [e for e in class_examples if answer(e) == "size" and e.split == "train"][:5]
    plan = outline(recipe=new_class_workspace(tmp_path / "a", few).recipe_path)
    said = [finding.text for finding in plan.findings if finding.level == "warning"]
    assert any(
        text.startswith("'parcel' has 12.0 times the train rows of 'size'") and "right in 59%" in text
        for text in said
    )
    assert "1 classes have fewer than 10 train rows: size 5" in said
    balanced = outline(recipe=new_class_workspace(tmp_path / "b", few, class_weights="balanced").recipe_path)
    assert [f.level for f in balanced.findings if f.kind == "uneven classes"] == ["note"]


def test_free_text_is_no_classification(
    new_class_workspace: NewWorkspace, examples: list[Example], tmp_path: Path
) -> None:
    workspace = new_class_workspace(tmp_path, examples)
    with pytest.raises(UsageError, match=r"are 2\d different texts .*: this looks like generation"):
        outline(recipe=workspace.recipe_path)


def test_shape_is_that_of_the_model_with_its_head(small_base: Path) -> None:
    config = AutoConfig.from_pretrained(small_base)
    shape = read_shape(config, 5)
    model = AutoModelForSequenceClassification.from_pretrained(small_base, num_labels=5)
    assert shape.total == sum(p.numel() for p in model.parameters())
    assert (shape.head, shape.classes) == (5 * 64, 5)
    assert not shape.tied


def test_trained_weights_are_those_of_a_run(new_class_workspace: NewWorkspace, tmp_path: Path) -> None:
    from train.fitting.fit import Fit
    from train.fitting.interrupt import Interrupt
    from train.progress import on_stderr
    from train.session import begin

    workspace = new_class_workspace(tmp_path)
    plan = outline(recipe=workspace.recipe_path)
    progress = on_stderr()
    fit = Fit(begin(workspace, "tiny0001", progress), progress, Interrupt())
    trained = sum(p.numel() for p in fit.trainer.model.parameters() if p.requires_grad)
    assert next(memory.trained for memory in plan.memory if memory.way == "lora") == trained
    schedule: Any = plan.course.schedule
    assert schedule == fit._schedule
