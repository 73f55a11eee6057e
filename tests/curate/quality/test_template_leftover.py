import pytest
from asking import asked, conversation

from curate.quality.template_leftover import template_leftover
from schemas.example import Example, Message
from schemas.recipe import Quality


@pytest.mark.parametrize(
    ("answer", "markers", "unbalanced"),
    [
        ("It ships today.<|im_end|>\n<|im_start|>user\nThanks", ["<|im_end|>", "<|im_start|>"], False),
        ("It ships today.<|im_end|>", ["<|im_end|>"], True),
        ("It ships today. [INST] And tomorrow? [/INST] Yes.", ["[/INST]", "[INST]"], False),
        ("It ships today. [/INST]", ["[/INST]"], True),
        ("It ships today.</s>", ["</s>"], True),
        ("Sure.\n\n### Response:\nIt ships today.", ["### Response:"], False),
        ("It ships today.\nUSER: And tomorrow?", ["USER:"], False),
        ("It ships today.<end_of_turn>", ["<end_of_turn>"], True),
        ("It ships today.<|eot_id|>", ["<|eot_id|>"], False),
        ("It ships today.<|ada_lovelace|>", ["<|…|>"], False),
    ],
)
def test_markers_are_seen_and_named(answer: str, markers: list[str], unbalanced: bool) -> None:
    verdict = asked(template_leftover, answer)
    assert verdict is not None
    assert verdict.detail == {"markers": markers, "unbalanced": unbalanced}


def test_a_prompt_is_looked_at_and_a_tool_result_is_not() -> None:
    assert template_leftover(conversation("### Input:\nhello", "Hi."), Quality()) is not None
    result = Example("id", (Message("tool", "<|im_start|>"), Message("assistant", "ok")), "s", 1)
    assert template_leftover(result, Quality()) is None


@pytest.mark.parametrize(
    "answer",
    [
        "Use `<|im_start|>` to open a turn:\n```\n<|im_start|>user\n```",
        "It was <s>29 €</s> and is now 19 €.",
        "### Summary\nThe response: it ships today.",
        "Both user: and assistant: are roles.",
        "5 <| 6 |> 7, or a <- b",
        "Write to <EMAIL_ADDRESS_1>.",
        "The institute [INSTITUTE] is closed.",
    ],
)
def test_other_marks_pass(answer: str) -> None:
    assert asked(template_leftover, answer) is None
