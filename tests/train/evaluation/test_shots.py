"""Shots: the nearest training examples, none of the question's own group, as many as the context takes."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from schemas.evaluation import Skipped
from schemas.example import Example
from train.evaluation.items import Item
from train.evaluation.prompts import Prompt, Prompter
from train.evaluation.shots import Shots
from train.tokens import prepare
from train.using.opened import Opened

Make = Callable[..., Example]


@pytest.fixture
def pool(make_example: Make) -> list[Example]:
    texts = ["Is the blue lamp in stock?", "Is the blue tent in stock?", "Where is my parcel 7?",
             "Can I send the shoes back?", "Is the blue lamp in stock today?"]  # fmt: skip
    made = [make_example(("system", "s"), ("user", q), ("assistant", f"a{i}")) for i, q in enumerate(texts)]
    return [replace(e, group_id=f"g{i}") for i, e in enumerate(made)]


def asked(make_example: Make, text: str, group: str = "new") -> Item:
    made = make_example(("system", "s"), ("user", text), ("assistant", "yes"), split="test")
    return Item(replace(made, group_id=group), 2)


def answers(shots: Sequence[Example]) -> list[str]:
    return [shot.answer for shot in shots]


def test_the_nearest_stand_last(pool: list[Example], make_example: Make) -> None:
    items = [asked(make_example, "is the BLUE lamp in stock?"), asked(make_example, "my parcel?")]
    lamp, parcel = Shots(pool, None).nearest(items, 3)
    assert answers(lamp) == ["a1", "a4", "a0"]
    assert answers(parcel)[-1] == "a2"


def test_none_of_its_own_group(pool: list[Example], make_example: Make) -> None:
    (found,) = Shots(pool, None).nearest([asked(make_example, "Is the blue lamp in stock?", "g0")], 9)
    assert answers(found)[-1] == "a4"
    assert sorted(answers(found)) == ["a1", "a2", "a3", "a4"]


def test_by_a_sentence_model(pool: list[Example], make_example: Make) -> None:
    """Any function of texts to vectors; here one that sees nothing but the length of a text."""

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[1.0, len(text) / 20] for text in texts], dtype=np.float32)

    shots = Shots(pool, encode)
    assert shots.way == "sentence model"
    (found,) = shots.nearest([asked(make_example, "x" * len(pool[2].prompt))], 1)
    assert answers(found) == ["a2"]


def test_words_that_nobody_knows(pool: list[Example], make_example: Make) -> None:
    (found,) = Shots(pool, None).nearest([asked(make_example, "?!")], 2)
    assert len(found) == 2
    assert Shots([], None).nearest([asked(make_example, "lamp")], 2) == [[]]
    silent = [
        replace(e, messages=(e.messages[0], replace(e.messages[1], content="…"), e.messages[2])) for e in pool
    ]
    assert len(Shots(silent, None).nearest([asked(make_example, "lamp")], 2)[0]) == 2


def test_a_prompt_with_shots(opened: Opened, pool: list[Example], make_example: Make) -> None:
    """System prompt, shots in their order, question; the loss is of the same tokens as without."""
    prompter, item = Prompter(opened, 512), asked(make_example, "Is the red lamp in stock?")
    found = prompter.prompt(item, pool[:2], 8)
    assert isinstance(found, Prompt)
    text = opened.tokenizer.decode(found.ids.tolist())
    assert text == (
        f"<|system|>s<|end|><|user|>{pool[0].prompt}<|end|><|assistant|>a0<|end|>"
        f"<|user|>{pool[1].prompt}<|end|><|assistant|>a1<|end|>"
        "<|user|>Is the red lamp in stock?<|end|><|assistant|>"
    )
    (plain,) = prepare([item.example], opened.tokenizer, 256).rows
    row = prompter.row(item.example, found.shots, plain)
    assert row is not None
    assert row.input_ids[: len(found.ids)] == found.ids
    assert row.targets == plain.targets
    assert row.n_trained == plain.n_trained


def test_shots_leave_where_there_is_no_room(opened: Opened, pool: list[Example], make_example: Make) -> None:
    """The farthest first; without any, the answer's room shrinks; then there is none."""
    item = asked(make_example, "Is the red lamp in stock?")
    alone = Prompter(opened, None).prompt(item, (), 8)
    both = Prompter(opened, None).prompt(item, pool[:2], 8)
    assert isinstance(alone, Prompt)
    assert isinstance(both, Prompt)
    for context, shots, room in (
        (len(both.ids) + 8, 2, 8),
        (len(both.ids) + 7, 1, 8),
        (len(alone.ids) + 8, 0, 8),
        (len(alone.ids) + 3, 0, 3),
    ):
        found = Prompter(opened, context).prompt(item, pool[:2], 8)
        assert isinstance(found, Prompt)
        assert (len(found.shots), found.room) == (shots, room)
        assert list(found.shots) == pool[2 - shots : 2]
    full = Prompter(opened, len(alone.ids)).prompt(item, pool[:2], 8)
    assert isinstance(full, Skipped)
    assert full.reason == f"its prompt of {len(alone.ids)} tokens fills the model's {len(alone.ids)}"
