"""Which class an example has, what the model reads of it, and what is refused or left out by name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import train
from curate.workspace import Workspace
from schemas.errors import RecipeError, UsageError
from schemas.example import Example
from train.classifying.classes import Classes, said
from train.classifying.rows import _cut, prepare
from train.classifying.scores import accuracy, confusion, macro_f1
from train.store import list_runs

NewWorkspace = Callable[..., Workspace]
Make = Callable[..., Example]
SYSTEM = "Say what the letter is about."


@pytest.fixture(scope="session")
def labelled(make_example: Make) -> Callable[..., Example]:
    def make(text: str, answer: str | None, split: str = "train", **fields: Any) -> Example:
        turns = [("system", SYSTEM), ("user", text), *([("assistant", answer)] if answer is not None else [])]
        return make_example(*turns, split=split, **fields)

    return make


def test_the_class_is_the_trimmed_last_answer(make_example: Make, labelled: Make, tokenizer: Any) -> None:
    turns = [
        ("system", SYSTEM),
        ("user", "one"),
        ("assistant", "no"),
        ("user", "two"),
        ("assistant", " yes "),
    ]
    long = make_example(*turns, split="train")
    prepared, classes = prepare([labelled("a", "no"), long], tokenizer, 256, [])
    assert classes == Classes(("no", "yes"), False, (1, 1))
    first, second = prepared.rows
    assert (first.label, second.label, list(second.targets)) == (0, 1, [1])
    text = tokenizer.decode(list(second.input_ids))
    chat = [{"role": role, "content": content} for role, content in turns[:-1]]
    assert text == tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)


def test_nothing_is_left_out_without_a_reason(make_example: Make, labelled: Make, tokenizer: Any) -> None:
    examples = [
        labelled("a", "yes"),
        labelled("b", "no"),
        labelled("c", None),
        labelled("d", "  \n"),
        labelled("e", "maybe", "test"),
        make_example(("assistant", "yes"), split="train"),
        labelled("f", "no", "validation"),
    ]
    prepared, classes = prepare(examples, tokenizer, 256, [])
    assert classes.names == ("no", "yes")
    assert len(prepared.rows) + len(prepared.untrainable) == len(examples)
    assert [(u.split, u.reason) for u in prepared.untrainable] == [
        ("train", "no assistant message, so no class"),
        ("train", "its last answer is empty, so no class"),
        ("test", "its answer is not a class of the train split ('maybe')"),
        ("train", "nothing stands before its answer"),
    ]
    named, given_classes = prepare(examples, tokenizer, 256, ["yes", "no", "maybe"])
    assert [row.label for row in named.rows] == [0, 1, 2, 1]
    assert "no train example has the class 'maybe': it cannot be learnt" in list(said(given_classes))
    fewer, _ = prepare(examples, tokenizer, 256, ["yes", "no", "more"])
    assert any(u.reason == "its answer is none of train.labels ('maybe')" for u in fewer.untrainable)


def test_text_behind_the_last_answer_is_said(make_example: Make, labelled: Make, tokenizer: Any) -> None:
    turns = [("system", SYSTEM), ("user", "one"), ("assistant", "no"), ("user", "thanks")]
    prepared, _ = prepare([labelled("a", "yes"), make_example(*turns, split="train")], tokenizer, 256, [])
    assert any("1 examples go on after their last answer" in note for note in prepared.notes)


def test_too_long_a_letter_keeps_both_its_ends(labelled: Make, tokenizer: Any) -> None:
    words = [f"word{number}" for number in range(200)]
    prepared, _ = prepare([labelled(" ".join(words), "yes"), labelled("qq", "no")], tokenizer, 96, [])
    row = prepared.rows[0]
    assert len(row) == 96
    assert row.truncated
    whole, _ = prepare([labelled(" ".join(words), "yes"), labelled("qq", "no")], tokenizer, 10_000, [])
    assert len(whole.rows[0]) == 96 + row.n_cut
    text = tokenizer.decode(list(row.input_ids))
    short = tokenizer.decode(list(prepared.rows[1].input_ids))
    before, _, after = short.partition("qq")
    assert text.startswith(before)
    assert text.endswith("word199" + after)
    assert "word0 " in text
    assert prepared.counts.truncated == 1
    with pytest.raises(UsageError, match=r"the system prompt alone fills max_length \(\d+ of 8 tokens\)"):
        prepare([labelled(" ".join(words), "yes"), labelled(" ".join(words[:50]), "no")], tokenizer, 8, [])


@given(st.integers(1, 60), st.integers(0, 20), st.integers(0, 20), st.integers(8, 60))
def test_a_cut_loses_exactly_what_it_says(length: int, fixed: int, closing: int, most: int) -> None:
    ids = list(range(length))
    fixed, closing = min(fixed, length), min(closing, max(0, length - fixed))
    made = _cut(ids, fixed, closing, most)
    if isinstance(made, str):
        assert fixed + closing >= most
        return
    kept, n_cut = list(made[0]), made[1]
    assert len(kept) + n_cut == length
    assert len(kept) <= most
    assert kept == sorted(kept)
    if n_cut:
        assert kept[:fixed] == ids[:fixed]
        assert closing == 0 or kept[-closing:] == ids[-closing:]


@pytest.mark.parametrize(
    ("answers", "labels", "words"),
    [
        (["yes"] * 4, [], "have the class 'yes': nothing to tell apart"),
        ([None, ""], [], "no answer of the train split is a class"),
        (["yes", "no"], ["good", "bad"], "no answer of the train split is a class of 'good', 'bad'"),
        (
            [f"An answer of its own, {n}" for n in range(30)],
            [],
            "30 different texts .* like generation",
        ),
    ],
)
def test_what_is_no_classification_is_refused_before_a_run(
    new_class_workspace: NewWorkspace,
    labelled: Make,
    tmp_path: Path,
    answers: list[str | None],
    labels: list[str],
    words: str,
) -> None:
    examples = [labelled(f"letter {n}", answer) for n, answer in enumerate(answers)]
    workspace = new_class_workspace(tmp_path, examples, labels=labels)
    with pytest.raises(UsageError, match=words):
        train.run("tiny0001", recipe=workspace.recipe_path)
    assert list_runs(workspace) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"task": "generation", "labels": ["a", "b"]}, "labels belong to task: classification"),
        ({"turn_weights": "last"}, "turn_weights belong to task: generation"),
        ({"method": "prompt"}, "task: classification trains qlora, lora, dora or full, not prompt"),
        ({"labels": ["a"]}, "one class alone"),
        ({"labels": ["a", "a"]}, "'a' stands there twice"),
        ({"labels": ["a", " b"]}, "' b' is no class"),
        ({"task": "clasification"}, "classification"),
    ],
)
def test_recipes_that_do_not_fit(
    new_class_workspace: NewWorkspace, tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(RecipeError, match=words):
        new_class_workspace(tmp_path, **settings)


def test_numbers_are_classes(labelled: Make, new_class_workspace: NewWorkspace, tmp_path: Path) -> None:
    workspace = new_class_workspace(tmp_path, [labelled("a", "1"), labelled("b", "2")], labels=[1, 2])
    assert workspace.recipe.train is not None
    assert workspace.recipe.train.labels == ("1", "2")


def test_balanced_weights_are_scikit_learns() -> None:
    import numpy as np
    from sklearn.utils.class_weight import compute_class_weight

    labels = np.array([0] * 60 + [1] * 30 + [2] * 10)
    wanted = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    assert Classes(("a", "b", "c"), False, (60, 30, 10)).weights == pytest.approx(wanted.tolist())
    assert Classes(("a", "b", "c"), True, (3, 0, 1)).weights == pytest.approx((2 / 3, 0.0, 2.0))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_scores_are_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    import numpy as np
    from sklearn.metrics import accuracy_score, f1_score

    right, predicted = (np.array(one) for one in zip(*pairs, strict=True))
    table = confusion(right, predicted, 4)
    assert accuracy(table) == pytest.approx(accuracy_score(right, predicted))
    wanted = f1_score(right, predicted, average="macro", zero_division=0)
    assert macro_f1(table) == pytest.approx(wanted)
