"""A trained head in use: asked line by line, written out for others, and refused where text is wanted."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result
from transformers import AutoModelForSequenceClassification

import train
from schemas.errors import UsageError
from train.cli import group
from train.using.opened import open_for_use

SYSTEM = "Say what the letter is about."
# PEFT 0.21 still asks transformers by the old name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


def command(run: train.Run, *arguments: str, typed: str = "") -> Result:
    recipe = str(run.path.parents[2] / "recipe.yaml")
    return CliRunner().invoke(
        group,
        [*arguments, "--recipe", recipe],
        input=typed,
        catch_exceptions=False,
        standalone_mode=False,  # as `train` runs it: what a command returns is the exit code
    )


def letters(run: train.Run) -> dict[str, str]:
    """The test split's letters by id."""
    import pyarrow.parquet as pq

    data = run.path.parents[1] / "datasets" / "tiny0001" / "data" / "test.parquet"
    rows = pq.read_table(data).to_pylist()
    return {row["example_id"]: row["messages"][1]["content"] for row in rows}


def test_lines_get_the_recorded_predictions(letters_run: train.Run) -> None:
    recorded = letters_run.predictions().query("model == 'adapter' and split == 'test'")
    texts = letters(letters_run)
    typed = "".join(f"{texts[example]}\n" for example in recorded["example_id"])
    told = command(letters_run, "classify", letters_run.id, "--json", typed=typed)
    assert told.return_value == 0
    verdicts = [json.loads(line) for line in told.stdout.splitlines()]
    assert [v["line"] for v in verdicts] == list(range(1, len(recorded) + 1))
    for verdict, row in zip(verdicts, recorded.itertuples(), strict=True):
        assert verdict["label"] == row.predicted
        assert verdict["probability"] == pytest.approx(row.probability, abs=1e-5)
        assert verdict["probabilities"][row.label] == pytest.approx(row.label_probability, abs=1e-5)
        assert sum(verdict["probabilities"].values()) == pytest.approx(1)


def test_text_is_printed_for_people(letters_run: train.Run, tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("Hello, tracking?\nHi, invoice, please.\n")
    told = command(letters_run, "classify", letters_run.id, str(tmp_path / "letters.txt"))
    labels = [line.partition("\t")[0] for line in told.stdout.splitlines()]
    assert labels == ["parcel", "refund"]
    first = told.stdout.splitlines()[0].partition("\t")[2].split("  ")
    assert first[0].startswith("parcel ")
    assert len(first) == 3


def test_json_lines_in_three_shapes_give_the_same(letters_run: train.Run) -> None:
    text = "Hello, refund, thanks."
    own = {"role": "system", "content": "another prompt"}
    shapes = [
        {"text": text},
        {"prompt": text},
        {"messages": [{"role": "user", "content": text}]},
        {"messages": [own, {"role": "user", "content": text}, {"role": "assistant", "content": "size"}]},
    ]
    typed = "".join(json.dumps(shape) + "\n" for shape in shapes)
    told = command(letters_run, "classify", letters_run.id, "-", "--json", typed=typed)
    verdicts = [json.loads(line) for line in told.stdout.splitlines()]
    assert len({json.dumps({**v, "line": 0}) for v in verdicts}) == 1


def test_a_line_that_cannot_be_read_is_said_and_keeps_its_place(letters_run: train.Run) -> None:
    typed = (
        '{"text": "Hi, parcel?"}\nnot JSON\n{"answer": "x"}\n{"messages": [{"role": "user"}]}\n{"text": ""}\n'
    )
    told = command(letters_run, "classify", letters_run.id, "--json", typed=typed)
    assert told.return_value == 3
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [line["line"] for line in lines] == [1, 2, 3, 4, 5]
    assert ["error" in line for line in lines] == [False, True, True, True, True]
    assert "line 2: not JSON" in told.stderr


def test_exports_are_loaded_by_transformers_alone(
    letters_run: train.Run, tmp_path: Path, tokenizer: Any
) -> None:
    """As the command says it, and with the recorded predictions."""
    recorded = letters_run.predictions().query("model == 'adapter' and split == 'test'").head(6)
    texts = letters(letters_run)
    for way in ("merged", "adapter"):
        out = tmp_path / way
        told = command(letters_run, "export", letters_run.id, "--to", way, "--out", str(out))
        assert told.exit_code == 0
        if way == "adapter":
            assert f"({str(out)!r}, num_labels=3, pad_token_id={tokenizer.pad_token_id})" in told.stderr
            settings = {"num_labels": 3, "pad_token_id": tokenizer.pad_token_id}
        else:
            settings = {}
        model = AutoModelForSequenceClassification.from_pretrained(out, **settings).eval()
        names = json.loads((out / "siftune.json").read_text())["labels"]
        assert names == letters_run.info.labels
        if way == "merged":
            assert list(model.config.id2label.values()) == names
        for row in recorded.itertuples():
            chat = [
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": texts[row.example_id]},
            ]
            ids = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt")
            with torch.no_grad():
                chances = model(input_ids=ids["input_ids"]).logits[0].softmax(-1)
            assert names[int(chances.argmax())] == row.predicted
            assert chances.max().item() == pytest.approx(row.probability, abs=1e-4)


def test_what_writes_text_is_refused(letters_run: train.Run) -> None:
    for arguments in (
        ["chat", letters_run.id],
        *(["export", letters_run.id, "--to", way] for way in ("gguf", "ollama", "openai")),
    ):
        with pytest.raises(UsageError, match=r"has a head of classes and writes no text — .*train classify"):
            command(letters_run, *arguments)
    with pytest.raises(UsageError, match="heads of different runs do not add up"):
        command(letters_run, "merge", letters_run.id, letters_run.id)


def test_a_run_without_classes_is_refused(new_workspace: Any, tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path, epochs=1, snapshots=[], method="lora")
    run = train.run("tiny0001", recipe=workspace.recipe_path)
    with pytest.raises(UsageError, match=f"run {run.id} was trained to write answers: it has no classes"):
        open_for_use(workspace.recipe_path, None, say=print, task="classification")
