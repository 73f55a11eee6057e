"""Chat templates read back into messages, and what must not be taken for one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.templates import holds_marker, parse_template, strip_markers, surely_plain
from schemas.example import canonical_text

PREFACE = "Below is an instruction that describes a task. Write a response that completes the request."
ONE_ROUND = [("user", "Where is it?"), ("assistant", "On its way.")]

ANSWERED = {
    "alpaca": "### Instruction:\nWhere is it?\n\n### Response:\nOn its way.",
    "alpaca with its preface": f"{PREFACE}\n\n### Instruction:\nWhere is it?\n\n"
    "### Response: On its way.</s>",
    "tags": "<INSTRUCTION>Where is it?</INSTRUCTION>\n<ANSWER>\nOn its way.\n</ANSWER>",
    "chatml": "<|im_start|>user\nWhere is it?<|im_end|>\n<|im_start|>assistant\nOn its way.<|im_end|>\n",
    "llama2": "<s>[INST] Where is it? [/INST] On its way. </s>",
    "llama3": "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nWhere is it?<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\nOn its way.<|eot_id|>",
    "gemma": "<bos><start_of_turn>user\nWhere is it?<end_of_turn>\n"
    "<start_of_turn>model\nOn its way.<end_of_turn>",
    "zephyr": "<|user|>\nWhere is it?</s>\n<|assistant|>\nOn its way.</s>",
    "vicuna": "USER: Where is it? ASSISTANT: On its way.</s>",
    "mistral": "<s>[INST] Where is it?[/INST] On its way.</s>",
    "phi 3": "<|user|>\nWhere is it?<|end|>\n<|assistant|>\nOn its way.<|end|>\n<|endoftext|>",
    "phi 4": "<|im_start|>user<|im_sep|>Where is it?<|im_end|>"
    "<|im_start|>assistant<|im_sep|>On its way.<|im_end|>",
    "llama4": "<|begin_of_text|><|header_start|>user<|header_end|>\n\nWhere is it?<|eot|>"
    "<|header_start|>assistant<|header_end|>\n\nOn its way.<|eot|>",
    "harmony": "<|start|>user<|message|>Where is it?<|end|>"
    "<|start|>assistant<|channel|>final<|message|>On its way.<|return|>",
    "command": "<BOS_TOKEN><|START_OF_TURN_TOKEN|><|USER_TOKEN|>Where is it?<|END_OF_TURN_TOKEN|>"
    "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>On its way.<|END_OF_TURN_TOKEN|>",
    "deepseek": "<｜begin▁of▁sentence｜><｜User｜>Where is it?"
    "<｜Assistant｜>On its way.<｜end▁of▁sentence｜>",
}
SYSTEMS = {
    "mistral": "<s>[SYSTEM_PROMPT]Be kind.[/SYSTEM_PROMPT][INST]Where is it?[/INST]On its way.</s>",
    "phi 3": "<|system|>\nBe kind.<|end|>\n<|user|>\nWhere is it?<|end|>\n<|assistant|>\nOn its way.<|end|>",
    "deepseek": "<｜begin▁of▁sentence｜>Be kind.<｜User｜>Where is it?<｜Assistant｜>On its way.",
    "command": "<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>Be kind.<|END_OF_TURN_TOKEN|>"
    "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>Where is it?<|END_OF_TURN_TOKEN|>"
    "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>On its way.<|END_OF_TURN_TOKEN|>",
}
LOOSE = {
    "labels": "Human: Where is it?\n\nAssistant: On its way.",
    "questions": "Q: Where is it?\nA: On its way.",
    "headings": "### Question\nWhere is it?\n### Answer\nOn its way.",
    "small tags": "<question>Where is it?</question><answer>On its way.</answer>",
}
OPEN = {
    "alpaca": "### Instruction:\nWhere is it?\n\n### Response:\n",
    "chatml": "<|im_start|>user\nWhere is it?<|im_end|>\n<|im_start|>assistant\n",
    "llama2": "[INST] Where is it? [/INST]",
    "vicuna": "USER: Where is it? ASSISTANT:",
}


def turns(text: str, loose: bool = False) -> list[tuple[str, str]] | None:
    transcript = parse_template(text, loose=loose)
    return [(m.role, m.content) for m in transcript.messages] if transcript else None


@pytest.mark.parametrize("name", ANSWERED)
def test_one_round_in_every_dialect(name: str) -> None:
    assert turns(ANSWERED[name]) == ONE_ROUND


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_prompt_in_other_dialects(name: str) -> None:
    assert turns(SYSTEMS[name]) == [("system", "Be kind."), *ONE_ROUND]


@pytest.mark.parametrize("name", ANSWERED)
def test_what_is_no_plain_text_is_never_called_so(name: str) -> None:
    assert not surely_plain(ANSWERED[name])


def test_reasoning_is_not_taken_for_the_answer() -> None:
    text = "<|start|>user<|message|>Hi<|end|><|start|>assistant<|channel|>analysis<|message|>Hm.<|end|>"
    assert parse_template(text, loose=True) is None


@pytest.mark.parametrize("name", LOOSE)
def test_ordinary_words_count_only_where_asked(name: str) -> None:
    assert turns(LOOSE[name]) is None
    assert turns(LOOSE[name], loose=True) == ONE_ROUND


@pytest.mark.parametrize("name", OPEN)
def test_a_text_that_ends_where_the_answer_begins_is_open(name: str) -> None:
    transcript = parse_template(OPEN[name])
    assert transcript is not None
    assert transcript.open
    assert [(m.role, m.content) for m in transcript.messages] == ONE_ROUND[:1]


def test_system_prompts_and_rounds() -> None:
    text = "<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nHi [/INST] Hello </s><s>[INST] Bye [/INST] Goodbye </s>"
    assert turns(text) == [
        ("system", "Be kind."),
        ("user", "Hi"),
        ("assistant", "Hello"),
        ("user", "Bye"),
        ("assistant", "Goodbye"),
    ]
    vicuna = "A chat between a curious user and an assistant. USER: Hi ASSISTANT: Hello"
    assert turns(vicuna) == [
        ("system", "A chat between a curious user and an assistant."),
        ("user", "Hi"),
        ("assistant", "Hello"),
    ]


def test_alpaca_input_joins_its_instruction() -> None:
    text = "### Instruction:\nSum up.\n\n### Input:\nA text.\n\n### Response:\nShort."
    assert turns(text) == [("user", "Sum up.\n\nA text."), ("assistant", "Short.")]


def test_a_heading_of_a_markers_name_inside_an_answer_is_text() -> None:
    text = "### Instruction:\nExplain.\n\n### Response:\nSteps:\n### Input:\nthe file"
    assert turns(text) == [("user", "Explain."), ("assistant", "Steps:\n\n### Input:\nthe file")]


@pytest.mark.parametrize(
    "text",
    [
        "How do I use <|im_start|>user in ChatML?",
        "See [INST] for Llama.",
        "<b>bold</b> and <INSTRUCTION>",
        "<|im_start|>wizard\nabracadabra<|im_end|>",
        "<INSTRUCTION>a</INSTRUCTION> between <RESPONSE>b</RESPONSE>",
        "# Heading\n\n## Instruction",
        "The user: said so",
        "",
    ],
)
def test_what_is_no_transcript(text: str) -> None:
    assert parse_template(text) is None


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("On its way.</s>", "On its way."),
        ("<s> On its way. </s></s>", "On its way."),
        ("On its way.<|im_end|>\n<|im_start|>assistant", "On its way."),
        ("[/INST] On its way.", "On its way."),
        ("On its way.\n\n### Response:", "On its way."),
        ("a <|im_end|> b", "a <|im_end|> b"),
        ("  as it was  ", "  as it was  "),
        ("</s>", ""),
        ("On its way.<|return|>", "On its way."),
        ("<｜Assistant｜>On its way.<｜end▁of▁sentence｜>", "On its way."),
    ],
)
def test_markers_at_the_ends_are_stripped(text: str, stripped: str) -> None:
    assert strip_markers(text) == stripped


pieces = st.sampled_from([*"ab \n<>/|#[]:", "<s>", "</s>", "[INST]", "<|im_end|>", "### Response:", "USER: "])


@given(st.lists(pieces).map("".join))
def test_stripping_twice_is_stripping_once(text: str) -> None:
    once = strip_markers(text)
    assert strip_markers(once) == once


@given(st.lists(pieces).map("".join))
def test_what_is_surely_plain_is_changed_by_nothing(text: str) -> None:
    if surely_plain(text):
        assert strip_markers(text) == text
        assert not holds_marker(text)
        assert parse_template(text) is None


@given(st.text())
def test_any_text_is_parsed_or_not_and_contents_are_canonical(text: str) -> None:
    transcript = parse_template(text, loose=True)
    for message in transcript.messages if transcript else ():
        assert message.content == canonical_text(message.content)


def test_markers_inside_are_seen() -> None:
    assert holds_marker("one\n### Instruction:\ntwo")
    assert holds_marker("one <|im_end|> two")
    assert not holds_marker("### Summary:\nno markers, not even <s>")


def test_time_is_linear_in_hostile_text() -> None:
    started = time.perf_counter()
    for text in ("</s> " * 100_000, "x" + " " * 500_000 + "x", "<s>" * 200_000, "### Input: \n" * 50_000):
        strip_markers(text)
        parse_template(text, loose=True)
        holds_marker(text)
    assert time.perf_counter() - started < 20
