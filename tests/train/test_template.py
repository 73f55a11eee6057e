"""Chat templates as models have them: TRL ships the templates of the well-known families."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trl
from transformers import AutoTokenizer

from schemas.errors import UsageError
from schemas.example import Example
from train.template import read_template, render, template_sha256
from train.tokens import prepare

Make = Callable[..., Example]
TEMPLATES = Path(trl.__file__).parent / "chat_templates"
ANSWERS = ["Yes, on Monday.", "No more of them."]


@pytest.fixture
def with_template(tiny_base: Path) -> Callable[[str], Any]:
    """The tiny tokenizer with another template, and that family's control tokens."""

    def load(text: str, *special: str) -> Any:
        tokenizer = AutoTokenizer.from_pretrained(tiny_base)
        tokenizer.add_special_tokens({"additional_special_tokens": list(special), "bos_token": "<s>"})
        tokenizer.chat_template = text
        return tokenizer

    return load


@pytest.fixture
def dialogue(make_example: Make) -> Example:
    return make_example(
        ("system", "Be brief."),
        ("user", "Is it here?"),
        ("assistant", ANSWERS[0]),
        ("user", "And more?"),
        ("assistant", ANSWERS[1]),
    )


@pytest.mark.parametrize(
    ("family", "end", "special"),
    [
        ("qwen2_5", "<|im_end|>", ["<|im_start|>", "<|im_end|>"]),
        ("qwen3", "<|im_end|>", ["<|im_start|>", "<|im_end|>"]),
        ("llama3", "<|eot_id|>", ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]),
        ("gemma", "<end_of_turn>", ["<start_of_turn>", "<end_of_turn>"]),
        ("gemma3", "<end_of_turn>", ["<start_of_turn>", "<end_of_turn>"]),
        ("cohere", "<|END_OF_TURN_TOKEN|>", ["<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>"]),
        ("lfm2_2_5", "<|im_end|>", ["<|im_start|>", "<|im_end|>"]),
    ],
)
def test_every_answer_is_trained_with_its_end(
    with_template: Callable[..., Any], dialogue: Example, family: str, end: str, special: list[str]
) -> None:
    tokenizer = with_template((TEMPLATES / f"{family}.jinja").read_text(), *special)
    (row,) = prepare([dialogue], tokenizer, 512).rows
    trained = [tokenizer.decode(row.input_ids[a:b].tolist()) for a, b in row.trained]
    assert len(trained) == 2
    for text, answer in zip(trained, ANSWERS, strict=True):
        assert text.removeprefix("<think>\n\n</think>\n\n") == answer + end
    assert row.input_ids.tolist().count(tokenizer.bos_token_id) <= 1


@pytest.mark.parametrize("family", ["qwen2_5", "llama3", "gemma", "cohere"])
def test_prefixes_train_what_the_familys_marks_train(
    with_template: Callable[..., Any], dialogue: Example, family: str
) -> None:
    special = ["<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|END_OF_TURN_TOKEN|>"]
    plain = with_template((TEMPLATES / f"{family}.jinja").read_text(), *special)
    marked = with_template((TEMPLATES / f"{family}_training.jinja").read_text(), *special)
    spans = []
    for tokenizer in (plain, marked):
        template = read_template(tokenizer)
        rendered = render(template, tokenizer, dialogue)
        spans.append([rendered.text[a:b].strip() for a, b in rendered.trained])
    assert [read_template(t).marks for t in (plain, marked)] == [False, True]
    assert spans[0] == spans[1]


def test_without_a_system_role_the_prompt_goes_to_the_first_user(
    with_template: Callable[..., Any], dialogue: Example
) -> None:
    tokenizer = with_template((TEMPLATES / "gemma.jinja").read_text(), "<start_of_turn>", "<end_of_turn>")
    prepared = prepare([dialogue], tokenizer, 512)
    assert "Be brief.\n\nIs it here?<end_of_turn>" in tokenizer.decode(prepared.rows[0].input_ids.tolist())
    assert "has no system role" in prepared.notes[0]


def test_an_end_outside_the_marks_is_trained_too(
    with_template: Callable[..., Any], dialogue: Example
) -> None:
    text = (
        "{% for m in messages %}{% if m.role == 'assistant' %}[A]{% generation %}{{ m.content }}"
        "{% endgeneration %}<|stop|>{% else %}[U]{{ m.content }}<|stop|>{% endif %}{% endfor %}"
    )
    tokenizer = with_template(text, "<|stop|>")
    (row,) = prepare([dialogue], tokenizer, 512).rows
    assert [tokenizer.decode(row.input_ids[a:b].tolist()) for a, b in row.trained] == [
        f"{answer}<|stop|>" for answer in ANSWERS
    ]


def test_the_first_token_is_never_trained(with_template: Callable[..., Any], make_example: Make) -> None:
    """Nothing predicts it; and in a pack its neighbour would be taken for its context."""
    tokenizer = with_template(
        "{% for m in messages %}{% generation %}{{ m.content }}<|stop|>{% endgeneration %}{% endfor %}",
        "<|stop|>",
    )
    (row,) = prepare([make_example(("assistant", "Good morning."))], tokenizer, 64).rows
    assert row.trained == ((1, len(row)),)


def test_a_template_without_an_end_is_pointed_out(
    with_template: Callable[..., Any], dialogue: Example
) -> None:
    tokenizer = with_template(
        "{% for m in messages %}{{ '\n' + m.role + ': ' + m.content }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '\nassistant: ' }}{% endif %}"
    )
    prepared = prepare([dialogue], tokenizer, 512)
    assert any("nothing after an answer" in note for note in prepared.notes)
    (row,) = prepared.rows
    assert [tokenizer.decode(row.input_ids[a:b].tolist()).strip() for a, b in row.trained] == ANSWERS


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "has no chat template"),
        (
            "{% for m in messages %}{{ m.content[0].text }}{% endfor %}",
            "cannot render a question and an answer",
        ),
        ("{% for m in messages %}<{{ m.role }}>{% endfor %}", "is not in what it renders"),
        (
            "{% for m in messages %}{{ m.role + m.content }}{% endfor %}"
            "{% if add_generation_prompt %}assistant<think>{% endif %}",
            "hides what the assistant says: the prompt of a turn",
        ),
        (
            "{% for m in messages %}{{ m.role + m.content }}"
            "{{ '<stop>' if loop.last else '<next>' }}{% endfor %}",
            "hides what the assistant says",
        ),
    ],
)
def test_a_template_that_cannot_be_trained_on_is_an_error_that_names_it(
    with_template: Callable[..., Any], dialogue: Example, tiny_base: Path, text: str | None, problem: str
) -> None:
    tokenizer = with_template("")
    tokenizer.chat_template = text
    with pytest.raises(UsageError) as caught:
        prepare([dialogue], tokenizer, 512)
    assert problem in caught.value.problem
    assert caught.value.problem.startswith(str(tiny_base))
    assert "template" in caught.value.mend


def test_the_hash_is_of_the_templates_text(with_template: Callable[..., Any]) -> None:
    first, same, other = (with_template(text) for text in ("a", "a", "b"))
    assert template_sha256(first) == template_sha256(same) != template_sha256(other)
