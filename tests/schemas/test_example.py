"""Identity: the same messages give the same id, whatever their line ends, form or place."""

import hashlib
import json
import unicodedata
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from schemas.arrow import example_of, examples_table
from schemas.example import Example, Message, canonical_text, hash_canonical, hash_messages

texts = st.text(max_size=60)
messages = st.lists(
    st.builds(Message, role=st.sampled_from(["user", "assistant", "tool"]), content=texts),
    min_size=1,
    max_size=5,
).map(tuple)


def _with_crlf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


@given(messages)
def test_line_ends_and_unicode_form_do_not_change_identity(listed: tuple[Message, ...]) -> None:
    other = [replace(m, content=_with_crlf(unicodedata.normalize("NFD", m.content)) + " ") for m in listed]
    assert hash_messages(other) == hash_messages(listed)


@given(messages, messages)
def test_different_messages_have_different_ids(a: tuple[Message, ...], b: tuple[Message, ...]) -> None:
    def canonical(listed: tuple[Message, ...]) -> list[tuple[str, str]]:
        texts = [
            unicodedata.normalize("NFC", m.content.replace("\r\n", "\n").replace("\r", "\n")) for m in listed
        ]
        return [(m.role, text.strip()) for m, text in zip(listed, texts, strict=True)]

    assert (hash_messages(a) == hash_messages(b)) == (canonical(a) == canonical(b))


any_text = st.text(st.characters(), max_size=30)


@given(
    st.lists(
        st.builds(
            Message,
            role=st.sampled_from(["system", "user", "assistant", "tool"]),
            content=any_text,
            name=st.none() | any_text,
            tool_calls=st.none() | any_text,
            tool_call_id=st.none() | any_text,
        ),
        max_size=4,
    )
)
def test_identity_is_the_hash_of_the_canonical_json(listed: list[Message]) -> None:
    def canonical(text: str) -> str:
        return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()

    fields = [{**m.to_dict(), "content": canonical(m.content)} for m in listed]
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    expected = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]
    assert hash_messages(listed) == expected
    assert hash_canonical([replace(m, content=canonical(m.content)) for m in listed]) == expected
    assert all(canonical_text(m.content) == canonical(m.content) for m in listed)


def test_tool_fields_and_roles_are_part_of_identity() -> None:
    base = Message("assistant", "on it")
    assert hash_messages([base]) != hash_messages([replace(base, tool_calls='[{"name":"look"}]')])
    assert hash_messages([base]) != hash_messages([replace(base, role="user")])


@given(
    st.builds(
        Example,
        example_id=st.text("0123456789abcdef", min_size=20, max_size=20),
        messages=messages,
        source=st.just("raw/a.jsonl"),
        line=st.integers(1, 10**9),
        tags=st.lists(texts.filter(str.isprintable), max_size=3).map(tuple),
        group_id=st.none() | st.just("g"),
        flags=st.just(("reviewed",)),
        metadata=st.dictionaries(st.text("abc", max_size=3), st.integers() | st.booleans(), max_size=3),
    )
)
def test_a_row_of_a_version_gives_the_example_back(example: Example) -> None:
    tools = any(m.tool_calls or m.name or m.tool_call_id for m in example.messages)
    row = examples_table([example], tools).to_pylist()[0]
    assert example_of(row) == example
