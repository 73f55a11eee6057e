"""Identity: what is exported and imported again, in any format, has the ids that it had."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.export import FORMATS, Format, LeftOut, export
from curate.sources import import_sources
from schemas.canonical import to_json
from schemas.errors import UsageError
from schemas.example import Example, Message, canonical_text, hash_messages
from schemas.recipe import Recipe

SUFFIX = {"openai": "jsonl", "messages": "jsonl", "sharegpt": "jsonl", "alpaca": "json", "parquet": "parquet"}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(canonical_text).filter(bool)
rounds = st.lists(st.tuples(texts, texts), min_size=1, max_size=3)
arguments = st.dictionaries(texts, st.none() | st.booleans() | st.integers() | texts, max_size=3)


@st.composite
def plain(draw: st.DrawFn) -> tuple[Message, ...]:
    system = draw(st.none() | texts)
    messages = [Message("system", system)] if system else []
    for question, answer in draw(rounds):
        messages += [Message("user", question), Message("assistant", answer)]
    return tuple(messages)


@st.composite
def with_tools(draw: st.DrawFn) -> tuple[Message, ...]:
    function = {"name": draw(texts), "arguments": draw(arguments)}
    call_id = draw(texts)
    call = {"id": call_id, "type": "function", "function": function}
    text = draw(st.just("") | texts)
    turns = [
        Message("assistant", text, tool_calls=to_json([call] * draw(st.integers(1, 2)))),
        Message("tool", draw(st.just("") | texts), name=draw(st.none() | texts), tool_call_id=call_id),
    ]
    return (*draw(plain()), Message("user", draw(texts)), *turns, Message("assistant", draw(texts)))


def example(messages: tuple[Message, ...]) -> Example:
    return Example(hash_messages(messages), messages, "x.jsonl", 1)


def imported_ids(path: Path) -> list[str]:
    recipe = Recipe.model_validate({"system_prompt": None, "sources": [{"path": path.name}]})
    imported = import_sources(recipe, path.parent, lambda _: None)
    assert imported.rejects == []
    return [e.example_id for e in imported.examples]


@pytest.mark.parametrize("format", FORMATS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_export_and_import_keep_ids(format: Format, tmp_path: Path, data: st.DataObject) -> None:
    kinds = plain() if format == "alpaca" else plain() | with_tools()
    examples = [example(m) for m in data.draw(st.lists(kinds, min_size=1, max_size=4))]
    path = tmp_path / f"out.{SUFFIX[format]}"
    assert export(examples, format, path) == len(examples)
    assert imported_ids(path) == [e.example_id for e in examples]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(kinds=st.lists(plain() | with_tools(), min_size=1, max_size=5))
def test_what_alpaca_cannot_say_is_left_out_and_the_rest_keeps_its_ids(
    tmp_path: Path, kinds: list[tuple[Message, ...]]
) -> None:
    examples = [example(m) for m in kinds]
    sayable = [e.example_id for e in examples if not any(m.tool_calls for m in e.messages)]
    left_out: list[LeftOut] = []
    path = tmp_path / "out.json"
    if not sayable:
        with pytest.raises(UsageError, match="none of the examples"):
            export(examples, "alpaca", path, left_out.append)
        return
    assert export(examples, "alpaca", path, left_out.append) == len(sayable)
    assert imported_ids(path) == sayable
    assert {each.why for each in left_out} <= {"it calls a tool"}
    assert len(left_out) == len(examples) - len(sayable)


ROLES = ["system", "developer", "user", "human", "assistant", "gpt", "tool", "observation", "function_call"]
odd_texts = st.sampled_from(
    ["", " ", "a", "{}", '{"name": "f", "arguments": "{}"}', "### Response:", "=1+1", "\r"]
)
odd_calls = st.lists(
    st.fixed_dictionaries(
        {"function": st.fixed_dictionaries({"name": texts}, optional={"arguments": odd_texts | arguments})},
        optional={"id": texts | st.integers(), "type": st.just("function"), "index": st.integers(0, 2)},
    ),
    max_size=2,
)
turns = st.fixed_dictionaries(
    {"role": st.sampled_from(ROLES), "content": odd_texts | texts | st.none()},
    optional={
        "name": odd_texts,
        "tool_call_id": odd_texts,
        "tool_calls": odd_calls,
        "function_call": st.fixed_dictionaries({"name": texts, "arguments": odd_texts}),
        "weight": st.integers(0, 1),
    },
)
PLAIN_ENDS = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]


@pytest.mark.parametrize("format", FORMATS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(rows=st.lists(st.lists(turns, max_size=4), min_size=1, max_size=4), system=st.none() | odd_texts)
def test_whatever_was_imported_keeps_its_id_or_is_refused_by_name(
    format: Format, tmp_path: Path, rows: list[list[dict[str, object]]], system: str | None
) -> None:
    source = tmp_path / "in.jsonl"
    extra = {} if system is None else {"system": system}
    source.write_text("\n".join(json.dumps({"messages": [*row, *PLAIN_ENDS], **extra}) for row in rows))
    recipe = Recipe.model_validate({"system_prompt": None, "sources": [{"path": source.name}]})
    for example in import_sources(recipe, tmp_path, lambda _: None).examples:
        path = tmp_path / f"out.{SUFFIX[format]}"
        path.unlink(missing_ok=True)
        if format == "alpaca" and not is_plain(example.messages):
            with pytest.raises(UsageError, match=example.example_id):
                export([example], format, path)
            assert not path.exists()
        else:
            export([example], format, path)
            assert imported_ids(path) == [example.example_id]


def is_plain(messages: tuple[Message, ...]) -> bool:
    """A system prompt at most, then questions and answers in turn, texts alone."""
    rest = messages[1:] if messages[0].role == "system" and messages[0].content else messages
    in_turn = [m.role for m in rest] == ["user", "assistant"] * (len(rest) // 2)
    return in_turn and not any(m.name or m.tool_calls or m.tool_call_id for m in messages)


LLAMA3 = "<|start_header_id|>{role}<|end_header_id|>\n\n{content}<|eot_id|>"
TEMPLATES = {
    "chatml": "<|im_start|>{role}\n{content}<|im_end|>\n",
    "llama3": LLAMA3,
    "tags": "<{tag}>{content}</{tag}>\n",
    "alpaca": "### {tag}:\n{content}\n\n",
}
words = st.text(st.characters(categories=["L", "N"], include_characters=" \n,.?!'"), min_size=1, max_size=40)
plain_words = words.map(canonical_text).filter(bool)


@pytest.mark.parametrize("template", TEMPLATES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    conversations=st.lists(
        st.lists(st.tuples(plain_words, plain_words), min_size=1, max_size=3), min_size=1, max_size=3
    )
)
def test_templated_text_has_the_ids_of_its_messages(
    template: str, tmp_path: Path, conversations: list[list[tuple[str, str]]]
) -> None:
    tags = {"user": "INSTRUCTION", "assistant": "RESPONSE"}
    if template == "alpaca":
        tags = {role: tag.capitalize() for role, tag in tags.items()}
    written, ids = [], []
    for conversation in conversations:
        messages = [m for q, a in conversation for m in (Message("user", q), Message("assistant", a))]
        ids.append(hash_messages(messages))
        parts = [
            TEMPLATES[template].format(role=m.role, tag=tags[m.role], content=m.content) for m in messages
        ]
        written.append(json.dumps({"text": "".join(parts)}))
    path = tmp_path / "out.jsonl"
    path.write_text("\n".join(written))
    assert imported_ids(path) == ids
