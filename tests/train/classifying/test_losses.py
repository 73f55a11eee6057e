"""A run with classes learns them, and each loss is the one that transformers alone computes, row by row."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from peft import PeftModel
from sklearn.metrics import confusion_matrix, f1_score
from transformers import AutoModelForSequenceClassification, BitsAndBytesConfig, set_seed

import train
from curate.workspace import Workspace
from train.classifying.rows import ClassRow, prepare

RELATIVE = 1e-4
NewWorkspace = Callable[..., Workspace]

# PEFT 0.21 still asks transformers by the old name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


def rows_of(run: train.Run, tokenizer: Any) -> tuple[ClassRow, ...]:
    workspace = Workspace.open(run.path.parents[2] / "recipe.yaml")
    settings = run.recipe.train
    prepared, classes = prepare(
        workspace.version("tiny0001").examples(), tokenizer, settings.max_length, settings.labels
    )
    assert list(classes.names) == run.info.labels
    return prepared.rows


def reference(run: train.Run, rows: tuple[ClassRow, ...], weights: Path | None) -> dict[str, Any]:
    """By example: the scores (classes,) of the model alone, one row at a time, without padding."""
    nf4 = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.float32,
    )
    full = run.info.method == "full" and weights is not None
    set_seed(run.info.seed)
    model = AutoModelForSequenceClassification.from_pretrained(
        weights if full else run.recipe.train.model,
        num_labels=len(run.info.labels),
        dtype=torch.float32,
        quantization_config=nf4 if run.info.method == "qlora" else None,
    )
    if weights is not None and not full:
        model = PeftModel.from_pretrained(model, weights)
    # Nothing in it drops out; in eval mode bitsandbytes would round the base model's scales on some CPUs.
    model.train()
    with torch.no_grad():
        return {
            row.example_id: model(input_ids=torch.tensor([list(row.input_ids)])).logits[0].double()
            for row in rows
        }


def assert_same(losses: pd.DataFrame, rows: tuple[ClassRow, ...], scores: dict[str, Any]) -> None:
    labels = {row.example_id: row.label for row in rows}
    assert len(losses)
    for row in losses.itertuples():
        logits, label = scores[row.example_id], labels[row.example_id]
        nll = torch.nn.functional.cross_entropy(logits, torch.tensor(label)).item()
        assert row.nll_sum == pytest.approx(nll, rel=RELATIVE, abs=1e-6), row
        assert row.loss == row.max_token_nll == row.nll_sum
        assert (row.n_tokens, row.n_correct) == (1, int(logits.argmax() == label)), row


@pytest.fixture(scope="module", params=["lora", "qlora", "full"])
def run(
    request: pytest.FixtureRequest,
    letters_run: train.Run,
    new_class_workspace: NewWorkspace,
    tmp_path_factory: Any,
) -> train.Run:
    if request.param == "lora":
        return letters_run
    settings = {"method": request.param, "epochs": 2, "class_weights": "balanced"}
    if request.param == "full":
        settings["learning_rate"] = 3e-3
    workspace = new_class_workspace(tmp_path_factory.mktemp(request.param), **settings)
    return train.run("tiny0001", recipe=workspace.recipe_path)


def test_losses_are_those_of_a_plain_forward_pass(run: train.Run, tokenizer: Any) -> None:
    rows, losses = rows_of(run, tokenizer), run.losses()
    assert_same(losses.query("model == 'base'"), rows, reference(run, rows, None))
    snapshots = losses.query("kind == 'snapshot' and model == 'adapter'")
    first = int(snapshots["step"].min())
    assert set(snapshots.groupby("step").size()) == {len(rows)}
    early = reference(run, rows, run.path / "checkpoints" / f"step-{first:08}")
    assert_same(snapshots.query("step == @first"), rows, early)
    # The step after trains on those weights: unweighted, whatever the classes count for in training.
    assert_same(losses.query("kind == 'seen' and step == @first + 1"), rows, early)
    kept = snapshots.query("step == @run.info.final.best_step")
    assert_same(kept, rows, reference(run, rows, run.adapter))


def test_predictions_are_those_of_the_kept_weights(run: train.Run, tokenizer: Any) -> None:
    rows, names = rows_of(run, tokenizer), run.info.labels
    scores = reference(run, rows, run.adapter)
    table = run.predictions().query("model == 'adapter'").set_index("example_id")
    assert set(table["step"]) == {run.info.final.best_step}
    for row in rows:
        chances, told = scores[row.example_id].softmax(-1), table.loc[row.example_id]
        assert (told["split"], told["label"]) == (row.split, names[row.label])
        assert told["predicted"] == names[int(chances.argmax())]
        assert told["probability"] == pytest.approx(chances.max().item(), rel=RELATIVE)
        assert told["label_probability"] == pytest.approx(chances[row.label].item(), rel=1e-3, abs=1e-6)
    tokens = run.tokens().query("model == 'adapter'").set_index("example_id")
    assert all(tokens["token_ids"][row.example_id].tolist() == [row.label] for row in rows)


def test_scores_are_scikit_learns(run: train.Run) -> None:
    table = run.predictions().query("model == 'adapter'")
    counted = pd.read_csv(run.path / "confusion.csv")
    for split in ("test", "validation"):
        one = table[table["split"] == split]
        final = run.info.final.model_dump()
        assert final[f"{split}_accuracy"] == pytest.approx((one["label"] == one["predicted"]).mean())
        macro = f1_score(one["label"], one["predicted"], average="macro")
        assert final[f"{split}_macro_f1"] == pytest.approx(macro)
        pairs = counted[counted["split"] == split].pivot(index="label", columns="predicted", values="n")
        wanted = confusion_matrix(one["label"], one["predicted"], labels=run.info.labels)
        assert (pairs.reindex(run.info.labels, columns=run.info.labels).fillna(0).to_numpy() == wanted).all()


def test_it_learns_the_classes(letters_run: train.Run) -> None:
    """Half of the letters are of the largest class."""
    final = letters_run.info.final
    assert final.test_accuracy >= 0.8
    assert final.test_macro_f1 >= 0.8
    assert final.base_test_accuracy <= 0.6
    assert final.test_loss < 0.5 * final.base_test_loss
    lines = letters_run.metrics()
    assert {"accuracy", "loss", "step"} <= set(lines[0])
    validated = [line for line in lines if "validation_loss" in line]
    assert {"validation_accuracy", "validation_macro_f1"} <= set(validated[0])
    best = min(validated, key=lambda line: line["validation_loss"])
    assert best["step"] == final.best_step
    assert best["validation_accuracy"] == final.validation_accuracy


def test_every_train_example_is_seen_once_an_epoch_and_adds_up(run: train.Run) -> None:
    seen = run.losses().query("kind == 'seen'")
    epochs = int(run.recipe.train.epochs)
    assert (seen.groupby("example_id").size() == epochs).all()
    assert set(seen["split"]) == {"train"}
    counts = run.predictions().query("model == 'base' and split == 'train'").set_index("example_id")["label"]
    balanced = 120 / (3 * counts.value_counts())
    weighted = run.recipe.train.class_weights is not None
    logged = {m["step"]: m["loss"] for m in run.metrics() if "loss" in m}
    for step, one in seen.groupby("step"):
        weights = one["example_id"].map(counts).map(balanced) if weighted else 1.0
        assert (one["nll_sum"] * weights).sum() / len(one) == pytest.approx(logged[step], rel=RELATIVE)
