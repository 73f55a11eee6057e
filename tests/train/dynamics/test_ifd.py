"""IFD: the same tokens with and without their prompt, held against transformers alone; survives a kill."""

from array import array
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

import train
from schemas.errors import RunError
from train.dynamics import ifd as measuring
from train.dynamics.alone import alone
from train.queue import review_queue
from train.template import read_template
from train.tokens import TokenRow, prepare

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


def test_the_answer_alone_has_the_trained_tokens_and_what_opens_an_answer(tokenizer: Any) -> None:
    row = TokenRow("a", "train", array("i", [9, 9, 9, 20, 21, 9, 9, 30]), ((3, 5), (7, 8)), 2)
    (made,) = alone([row], read_template(tokenizer), tokenizer)
    opening = tokenizer.convert_tokens_to_ids("<|assistant|>")
    assert made.input_ids.tolist() == [opening, 20, 21, opening, 30]
    assert made.trained == ((1, 3), (4, 5))
    assert [t for t in made.labels if t != -100] == [t for t in row.labels if t != -100]
    assert (made.example_id, made.split, made.n_cut) == ("a", "train", 2)


def test_without_ifd_the_queue_says_how_to_have_it(planted: Any) -> None:
    if (planted.run.path / "answers.parquet").exists():
        pytest.skip("another test measured it")
    with pytest.raises(RunError, match="without their prompts") as caught:
        review_queue(planted.run, by="ifd")
    assert "train ifd" in caught.value.mend


@pytest.fixture(scope="module")
def measured(planted: Any) -> Any:
    """Killed after the base model's losses, then called again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring, "_PART", 50)
        write = measuring._Parts.write
        written: list[str] = []

        def killed(self: Any, model: Any, *rest: Any) -> None:
            if model == "adapter":
                raise KeyboardInterrupt
            written.append(model)
            write(self, model, *rest)

        patch.setattr(measuring._Parts, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            train.ifd(planted.workspace.recipe_path)
        assert not (planted.run.path / "answers.parquet").exists()
        before = {file.name: file.stat().st_mtime_ns for file in (planted.run.path / "answers").iterdir()}
        assert len(before) == len(written) == 3
        patch.setattr(measuring._Parts, "write", write)
        taken: list[str] = []
        meter = measuring._meter

        def counted(*arguments: Any, **options: Any) -> Any:
            made = meter(*arguments, **options)
            taken.append(type(made).__name__)
            return made

        patch.setattr(measuring, "_meter", counted)
        train.ifd(planted.workspace.recipe_path)
        assert taken == ["Meter"]
    return planted


def test_the_losses_are_those_of_transformers_alone(measured: Any) -> None:
    table = pq.read_table(measured.run.path / "answers.parquet").to_pandas()
    version = measured.workspace.version(measured.run.info.dataset_version)
    tokenizer = AutoTokenizer.from_pretrained(measured.run.adapter)
    rows = prepare(version.examples(), tokenizer, 128).rows
    assert len(table) == 2 * len(rows)
    model: Any = AutoModelForCausalLM.from_pretrained(
        measured.workspace.recipe.train.model, dtype=torch.float32
    )
    opening = tokenizer.convert_tokens_to_ids("<|assistant|>")
    for name in ("base", "adapter"):
        if name == "adapter":
            model = PeftModel.from_pretrained(model, measured.run.adapter)
        losses = table[table["model"] == name].set_index("example_id")["loss"]
        for row in rows[:5]:
            answer = [token for token in row.labels if token != -100]
            ids = torch.tensor([[opening, *answer]])
            with torch.no_grad():
                logits = model.eval()(input_ids=ids).logits[0, :-1].double()
            expected = torch.nn.functional.cross_entropy(logits, ids[0, 1:]).item()
            assert losses[row.example_id] == pytest.approx(expected, rel=1e-4)


def test_ifd_is_the_ratio_and_swapped_answers_are_not_helped(measured: Any) -> None:
    table = train.example_dynamics(measured.run)
    alone_losses = pq.read_table(measured.run.path / "answers.parquet").to_pandas()
    losses = measured.run.losses()
    step = measured.run.info.final.best_step
    name = table["example_id"][3]
    kept = losses[(losses["example_id"] == name) & (losses["step"] == step) & (losses["kind"] == "snapshot")]
    by_model = alone_losses[alone_losses["example_id"] == name].set_index("model")["loss"]
    row = table.set_index("example_id").loc[name]
    assert row["ifd"] == pytest.approx(kept["loss"].item() / by_model["adapter"])
    assert row["ifd_base"] == pytest.approx(row["base_loss"] / by_model["base"])
    rows = table[table["split"] == "train"]
    swapped = rows["example_id"].isin(measured.swapped)
    assert np.median(rows["ifd"][swapped]) > np.median(rows["ifd"][~swapped])
    assert review_queue(measured.run, by="ifd")[0].ifd == table["ifd"].max()


def test_measured_once_is_enough(measured: Any) -> None:
    file = measured.run.path / "answers.parquet"
    before = file.stat().st_mtime_ns
    train.ifd(measured.workspace.recipe_path, measured.run.id)
    assert file.stat().st_mtime_ns == before
    assert not (measured.run.path / "answers").exists()
    assert {row.model for row in measuring.difficulties(measured.run)} == {"base", "adapter"}
