"""Greedy answers in batches: token for token what each prompt gives alone, and only what a model says."""

from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

import train
from curate.workspace import Workspace
from train.evaluation.generating import Writer
from train.evaluation.items import split_set
from train.evaluation.losses import batches, measure, recorded
from train.evaluation.prompts import Prompt, Prompter
from train.evaluation.systems import Models, System
from train.tokens import prepare
from train.using.opened import Opened, load_tuned, open_for_use

ROOM = 10


def alone(model: Any, tokenizer: Any, ends: list[int], prompt: Prompt) -> tuple[str, int, str]:
    """The likeliest tokens one after another, by nothing but forward passes over one text."""
    ids = prompt.ids.tolist()
    said: list[int] = []
    with torch.no_grad():
        while len(said) < prompt.room:
            token = int(model(input_ids=torch.tensor([[*ids, *said]])).logits[0, -1].argmax())
            said.append(token)
            if token in ends:
                text = tokenizer.decode(said[:-1], skip_special_tokens=True)
                return text, len(said), "stop"
    return tokenizer.decode(said, skip_special_tokens=True), len(said), "length"


@pytest.fixture
def prompts(opened: Opened) -> list[Prompt]:
    exam = split_set(opened, "train", 6)
    prompter = Prompter(opened, 512)
    found = [prompter.prompt(item, (), ROOM) for item in exam.items("all")]
    assert len(found) > 6
    return [prompt for prompt in found if isinstance(prompt, Prompt)]


def test_a_batch_gives_what_each_gives_alone(opened: Opened, prompts: list[Prompt], small_base: Path) -> None:
    tuned = load_tuned(opened, torch.float32)
    for model in (tuned, AutoModelForCausalLM.from_pretrained(small_base).eval()):
        writer = Writer(opened.tokenizer, opened.ends, 300, alike=False)
        planned = list(writer.batches(prompts))
        assert sorted(i for batch in planned for i in batch) == list(range(len(prompts)))
        assert 1 < len(planned) < len(prompts)
        for batch in planned:
            answers = writer.answer(model, [prompts[i] for i in batch], print)
            for i, answer in zip(batch, answers, strict=True):
                assert (answer.text, answer.n_tokens, answer.finish) == alone(
                    model, writer.tokenizer, opened.ends, prompts[i]
                )


def test_an_answer_ends_where_the_model_ends_its_turn(opened: Opened, prompts: list[Prompt]) -> None:
    """Every token ends a turn but one that this model never says: each answer is empty and stopped."""
    model = load_tuned(opened, torch.float32)
    everything = range(len(opened.tokenizer))
    writer = Writer(opened.tokenizer, list(everything), 4096, alike=False)
    for answer in writer.answer(model, prompts[:3], print):
        assert (answer.text, answer.n_tokens, answer.finish) == ("", 1, "stop")


@pytest.mark.parametrize("method", ["prompt", "prefix"])
def test_learned_prompts(
    new_workspace: Callable[..., Workspace], tmp_path: Path, said: list[str], method: str
) -> None:
    """PEFT takes no positions with them, so nothing is padded on the left; losses are those of training."""
    settings = {"epochs": 1, "learning_rate": 1e-1, "scheduler": "constant", "warmup_ratio": 0.0}
    workspace = new_workspace(tmp_path / "w", method=method, lora={}, **settings)
    train.run("tiny0001", recipe=workspace.recipe_path)
    opened = open_for_use(workspace.recipe_path, None, say=said.append)
    models, system = Models(opened, torch.float32), System("adapter", tuned=True)
    context = models.context()
    assert context == 512 - 20
    assert models.alike_only(system)
    assert not models.alike_only(System("base", tuned=False))
    exam = split_set(opened, "train", 8)
    prompter = Prompter(opened, context)
    prompts = [p for item in exam.items("all") if isinstance(p := prompter.prompt(item, (), 4), Prompt)]
    writer = Writer(opened.tokenizer, opened.ends, 4096, models.alike_only(system))
    known = recorded(opened, "adapter")
    rows = prepare(exam.examples, opened.tokenizer, 256).rows
    with models.use(system) as model:
        for batch in writer.batches(prompts):
            answers = writer.answer(model, [prompts[i] for i in batch], print)
            for i, answer in zip(batch, answers, strict=True):
                assert (answer.text, answer.n_tokens, answer.finish) == alone(
                    model, opened.tokenizer, opened.ends, prompts[i]
                )
        for row, loss in zip(rows, measure(model, rows, 0), strict=True):
            assert loss.nll == pytest.approx(known[row.example_id].nll, rel=1e-4)


def test_what_goes_together(opened: Opened) -> None:
    """Only prompts of one room, and where padding counts as text, of one length."""

    def prompt(length: int, room: int) -> Prompt:
        return Prompt(None, array("i", range(length)), room)  # type: ignore[arg-type]

    asked = [prompt(5, 8), prompt(9, 8), prompt(5, 8), prompt(7, 3), prompt(9, 3)]
    writer = Writer(opened.tokenizer, opened.ends, 4096, alike=False)
    assert list(writer.batches(asked)) == [[1, 0, 2], [4, 3]]
    assert list(Writer(opened.tokenizer, opened.ends, 4096, alike=True).batches(asked)) == [
        [1],
        [0, 2],
        [4],
        [3],
    ]
    assert list(Writer(opened.tokenizer, opened.ends, 1, alike=False).batches(asked)) == [
        [1],
        [0],
        [2],
        [4],
        [3],
    ]


def test_losses_are_those_of_training(opened: Opened) -> None:
    """Measured in padded batches by plain forward passes, and recorded by training's own path."""
    exam = split_set(opened, "train", None)
    rows = prepare(exam.examples, opened.tokenizer, 256).rows
    models = Models(opened, torch.float32)
    for system in (System("base", tuned=False), System("adapter", tuned=True)):
        known = recorded(opened, "adapter" if system.tuned else "base")
        planned = list(batches(rows, 512, 700))
        assert len(planned) > 3
        with models.use(system) as model:
            for batch in planned:
                for i, loss in zip(batch, measure(model, [rows[i] for i in batch], 0), strict=True):
                    there = known[rows[i].example_id]
                    assert loss.n_tokens == there.n_tokens
                    assert loss.nll == pytest.approx(there.nll, rel=1e-4)
