"""`train eval` of a classification: accuracy and macro-F1 from the run's own tables, beside a plain guess."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from sklearn.metrics import accuracy_score, f1_score

import train
from schemas.errors import UsageError
from train.evaluation.evaluate import evaluate
from train.evaluation.quantised import quant_check


@pytest.fixture
def recipe(letters_run: train.Run, tmp_path: Path) -> Path:
    """Of a copy of the run's workspace."""
    shutil.copytree(letters_run.path.parents[2], tmp_path / "desk")
    return tmp_path / "desk" / "recipe.yaml"


def test_from_the_runs_tables(
    letters_run: train.Run, recipe: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = evaluate(recipe=recipe, split="train")
    assert "answers" not in capfd.readouterr().err
    table = letters_run.predictions()
    table = table[(table["model"] == "adapter") & (table["split"] == "train")]
    (result,) = found.sets
    adapter = {figure.metric: figure.value for figure in result.system("adapter").figures}
    labels = sorted(table["label"].unique())
    assert adapter["accuracy"] == pytest.approx(accuracy_score(table["label"], table["predicted"]))
    assert adapter["macro_f1"] == pytest.approx(
        f1_score(table["label"], table["predicted"], labels=labels, average="macro", zero_division=0)
    )
    losses = letters_run.losses()
    kept = losses[
        (losses["kind"] == "snapshot") & (losses["model"] == "adapter") & (losses["split"] == "train")
    ]
    kept = kept[kept["step"] == letters_run.info.final.best_step]
    assert adapter["loss"] == pytest.approx(kept["nll_sum"].sum() / kept["n_tokens"].sum())
    guess = {figure.metric: figure.value for figure in result.system("commonest class").figures}
    assert guess["accuracy"] == pytest.approx(max(Counter(table["label"]).values()) / len(table))
    assert set(found.generations().query("system == 'commonest class'")["prediction"]) == {
        min(labels, key=lambda label: (-Counter(table["label"])[label], label))
    }


def test_what_writes_no_text_is_told(recipe: Path) -> None:
    with pytest.raises(UsageError, match=r"is a classification: .* writes no text"):
        evaluate(recipe=recipe, few_shot=2)
    with pytest.raises(UsageError, match="is a classification: its model has a head"):
        quant_check(recipe=recipe)
