"""Identity: what is exported and imported again, in any format, has the ids that it had."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.export import FORMATS, Format, export
from curate.sources import import_sources
from schemas.canonical import to_json
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
