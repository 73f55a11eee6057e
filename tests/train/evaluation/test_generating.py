"""Greedy answers in batches: token for token what each prompt gives alone, and only what a model says."""

from array import array
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from train.evaluation.generating import Writer
from train.evaluation.items import split_set
from train.evaluation.losses import batches, measure, recorded
from train.evaluation.prompts import Prompt, Prompter
from train.evaluation.systems import Models, System
from train.tokens import prepare
from train.using.opened import Opened, load_tuned

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
