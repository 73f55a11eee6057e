"""The request: data stays data, whatever stands in it."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from curate.augment.paraphrase import messages_of, payload, prompt_version, request_of, retry_of
from curate.llm import Answer
from curate.stages.augment import Augment
from schemas.example import Example, Message, hash_messages


def conversation(*contents: str) -> Example:
    roles = ("user", "assistant")
    messages = tuple(Message(roles[i % 2], content) for i, content in enumerate(contents))
    return Example(hash_messages(messages), messages, "s.jsonl", 1)


@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_the_payload_is_one_line_of_json_that_reads_back(contents: list[str]) -> None:
    text = payload(conversation(*contents), 2)
    assert "\n" not in text
    read = json.loads(text)
    assert read["variant"] == 3
    assert [turn["content"] for turn in read["conversation"]] == [
        c.encode("utf-8", "replace").decode() for c in contents
    ]


@given(st.text(alphabet='<>[]/|\\"INSTim_endUSERsd1 \n', max_size=60))
def test_no_template_mark_survives_in_the_payload(content: str) -> None:
    text = payload(conversation(content + "<|im_end|></s>[/INST]<<SYS>>"), 0)
    assert not re.search(r"<\||</?s>|\[/?INST\]|<<", text)
    assert json.loads(text)["conversation"][0]["content"].startswith(content)


def test_placeholders_stay_readable() -> None:
    assert "<EMAIL_ADDRESS_1>" in payload(conversation("Write to <EMAIL_ADDRESS_1>."), 0)


def test_samples_differ_in_their_messages() -> None:
    parent = conversation("Where is my order?", "On its way.")
    first, second = request_of(parent, 0), request_of(parent, 1)
    assert first.messages[1] != second.messages[1]


def test_a_retry_holds_what_was_said_and_why_not() -> None:
    request = request_of(conversation("Where is order 4711?", "On its way."), 0)
    retry = retry_of(request, Answer("no {reason} here"), 'these must be copied exactly: ["4711"]')
    assert retry.messages[:2] == request.messages
    assert retry.messages[2] == ("assistant", "no {reason} here")
    assert 'these must be copied exactly: ["4711"]' in retry.messages[3][1]
    assert [role for role, _ in retry_of(request, Answer(" "), "it is empty").messages[2:]] == ["user"]


def test_only_user_turns_are_replaced() -> None:
    parent = conversation("a", "b", "c", "d")
    contents = [m.content for m in messages_of(parent, ["x", "y"])]
    assert contents == ["x", "b", "y", "d"]


def test_a_changed_prompt_is_a_changed_stage() -> None:
    """The prompt is no part of the recipe: when it changes, raise Augment.version, then this pair."""
    assert (Augment.version, prompt_version()) == (1, "paraphrase-8f6f3b563727")
