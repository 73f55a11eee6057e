"""Row shapes: the same conversation in any spelling has the same messages, and so the same id."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from curate.sources import Imported
from schemas.example import Example, hash_value

Importer = Callable[..., Imported]

Q, A = "Where is it?", "On its way."
SPELLINGS: list[tuple[str, dict[str, Any]]] = [
    ("messages", {"messages": [{"role": "user", "content": Q}, {"role": "assistant", "content": A}]}),
    ("messages", {"messages": [{"role": "Human", "content": Q}, {"from": "gpt", "value": A}]}),
    (
        "messages",
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": Q}]},
                {"role": "model", "content": A},
            ]
        },
    ),
    (
        "messages",
        {"messages": json.dumps([{"role": "user", "content": Q}, {"role": "assistant", "content": A}])},
    ),
    ("sharegpt", {"conversations": [{"from": "human", "value": Q}, {"from": "gpt", "value": A}]}),
    ("sharegpt", {"conversations": [{"from": "user", "value": Q}, {"from": "chatgpt", "value": A}]}),
    ("sharegpt", {"items": [{"from": "human", "value": Q}, {"from": "gpt", "value": A}]}),
    ("sharegpt", {"conversation": [{"role": "user", "content": Q}, {"role": "assistant", "content": A}]}),
    ("alpaca", {"instruction": Q, "input": "", "output": A}),
    ("alpaca", {"instruction": Q, "response": A, "context": None}),
    ("prompt_completion", {"prompt": Q, "completion": A}),
    ("prompt_completion", {"question": f"  {Q}\r\n", "answer": A}),
    ("prompt_completion", {"query": Q, "response": A}),
    ("prompt_completion", {"input": Q, "output": A}),
    ("prompt_completion", {"prompt": [{"role": "user", "content": Q}], "completion": A}),
    ("text", {"text": f"### Instruction:\n{Q}\n\n### Response:\n{A}"}),
    ("text", {"text": f"<s>[INST] {Q} [/INST] {A} </s>"}),
]


def one(imports: Importer, row: dict[str, Any], **source: Any) -> Example:
    imported = imports("x.jsonl", json.dumps(row), **source)
    assert imported.rejects == []
    return imported.examples[0]


@pytest.mark.parametrize(("shape", "row"), SPELLINGS)
def test_every_spelling_has_the_same_id(imports: Importer, shape: str, row: dict[str, Any]) -> None:
    imported = imports("x.jsonl", json.dumps(row))
    assert imported.sources[0].format == shape
    [example] = imported.examples
    assert [m.to_dict() for m in example.messages] == [
        {"role": "user", "content": Q},
        {"role": "assistant", "content": A},
    ]
    assert example.example_id == one(imports, SPELLINGS[0][1]).example_id
    assert example.metadata == {}


def test_items_are_turns_only_where_nothing_else_is(imports: Importer) -> None:
    example = one(imports, {"prompt": Q, "completion": A, "items": [{"sku": 4}]})
    assert [m.content for m in example.messages] == [Q, A]
    assert example.metadata == {"items": [{"sku": 4}]}


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [], "prompt": Q, "completion": A},
        {"messages": "", "prompt": Q, "completion": A},
        {"conversations": [], "instruction": "", "input": "", "output": "", "prompt": Q, "completion": A},
        {"instruction": "", "output": "", "text": f"### Instruction:\n{Q}\n\n### Response:\n{A}"},
        {"instruction": Q, "output": "", "response": A},
        {"instruction": Q, "input": "", "output": [], "answer": A},
        {"prompt": "", "question": Q, "completion": "", "answer": A},
        {"conversations": [], "conversation": [{"from": "human", "value": Q}, {"from": "gpt", "value": A}]},
    ],
)
def test_a_key_that_holds_nothing_stands_before_none_that_holds_something(
    imports: Importer, row: dict[str, Any]
) -> None:
    assert [m.content for m in one(imports, row).messages] == [Q, A]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"prompt": Q, "completion": ""}, "no assistant answer"),
        ({"messages": [], "prompt": "", "completion": ""}, "empty row"),
        ({"messages": [], "id": 7}, "empty row"),
    ],
)
def test_where_no_key_holds_enough_the_row_is_rejected(
    imports: Importer, row: dict[str, Any], reason: str
) -> None:
    assert [r.reason for r in imports("x.jsonl", json.dumps(row)).rejects] == [reason]


def test_of_two_system_fields_the_filled_one_counts(imports: Importer) -> None:
    example = one(imports, {"prompt": Q, "completion": A, "system": "", "system_prompt": "Be brief."})
    assert (example.messages[0].role, example.messages[0].content) == ("system", "Be brief.")


@pytest.mark.parametrize("row", [row for shape, row in SPELLINGS if shape != "text"])
def test_a_system_field_goes_in_front(imports: Importer, row: dict[str, Any]) -> None:
    example = one(imports, {**row, "system": "Be brief."})
    assert (example.messages[0].role, example.messages[0].content) == ("system", "Be brief.")
    assert example.metadata == {}


def test_a_system_field_beside_a_system_message_stays_in_the_metadata(imports: Importer) -> None:
    turns = [{"role": "developer", "content": "One."}, *SPELLINGS[0][1]["messages"]]
    example = one(imports, {"messages": turns, "system_prompt": "Two."})
    assert [m.role for m in example.messages] == ["system", "user", "assistant"]
    assert example.metadata == {"system_prompt": "Two."}


def test_alpaca_input_and_history(imports: Importer) -> None:
    row = {"instruction": "Sum up.", "input": "A text.", "output": "Short.", "history": [["Hi", "Hello"]]}
    assert [m.content for m in one(imports, row).messages] == ["Hi", "Hello", "Sum up.\n\nA text.", "Short."]


@pytest.mark.parametrize("arguments", ['{"b": 2, "a": "é"}', {"a": "é", "b": 2}])
def test_tool_calls_are_canonical_and_results_whole(imports: Importer, arguments: object) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": arguments}}
    turns = [
        {"role": "user", "content": Q},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": '{"status": "sent"}', "tool_call_id": "c1", "name": "find"},
        {"role": "assistant", "content": A},
    ]
    tools = [{"type": "function", "function": {"name": "find"}}]
    example = one(imports, {"messages": turns, "tools": tools})
    assert example.messages[1].tool_calls == (
        '[{"function":{"arguments":{"a":"é","b":2},"name":"find"},"id":"c1","type":"function"}]'
    )
    assert example.messages[1].content == ""
    assert example.messages[2].tool_call_id == "c1"
    assert example.messages[2].content == '{"status": "sent"}'
    assert example.metadata == {"tools": tools}


def test_a_function_call_is_a_tool_call_in_openai_and_sharegpt_spelling(imports: Importer) -> None:
    call = {"name": "find", "arguments": {"order": 17}}
    openai = one(
        imports,
        {
            "messages": [
                {"role": "user", "content": Q},
                {
                    "role": "assistant",
                    "content": None,
                    "function_call": {**call, "arguments": '{"order": 17}'},
                },
                {"role": "function", "content": "sent"},
                {"role": "assistant", "content": A},
            ]
        },
    )
    sharegpt = one(
        imports,
        {
            "conversations": [
                {"from": "human", "value": Q},
                {"from": "function_call", "value": json.dumps(call)},
                {"from": "observation", "value": "sent"},
                {"from": "gpt", "value": A},
            ]
        },
    )
    assert openai.messages == sharegpt.messages
    assert openai.messages[1].tool_calls is not None


@pytest.mark.parametrize(
    ("label", "role"),
    [
        *[(label, "user") for label in ("user", "human", "User", " HUMAN ", "prompter")],
        *[(label, "assistant") for label in ("assistant", "gpt", "model", "bot", "chatgpt", "bing", "bard")],
        *[(label, "assistant") for label in ("chatbot", "ai", "gpt4", "claude", "GPT")],
        *[(label, "tool") for label in ("tool", "function", "observation", "function_response", "ipython")],
        *[(label, "tool") for label in ("tool_response", "function_result", "tool_result")],
        *[(label, "system") for label in ("system", "developer")],
    ],
)
def test_role_names_of_all_sharegpt_sets(imports: Importer, label: str, role: str) -> None:
    ends = [{"from": "human", "value": Q}, {"from": "gpt", "value": A}]
    example = one(imports, {"conversations": [*ends, {"from": label, "value": "x"}, *ends]})
    assert [m.role for m in example.messages] == ["user", "assistant", role, "user", "assistant"]


@pytest.mark.parametrize("label", ["function_call", "tool_call", "tool_calls"])
def test_a_role_whose_content_is_a_call(imports: Importer, label: str) -> None:
    turns = [{"from": "human", "value": Q}, {"from": label, "value": '{"name": "find", "arguments": {}}'}]
    example = one(imports, {"conversations": [*turns, {"from": "observation", "value": "sent"}]})
    assert example.messages[1].tool_calls == (
        '[{"function":{"arguments":{},"name":"find"},"type":"function"}]'
    )


@pytest.mark.parametrize(
    ("turn", "reason"),
    [
        ({"role": "assistant", "content": None}, "content is not text"),
        ({"role": "assistant", "content": [{"type": "image_url", "image_url": {}}]}, "content is not text"),
        ({"role": "assistant", "content": None, "tool_calls": [{"id": "c1"}]}, "broken tool call"),
        ({"from": "function_call", "value": "{broken"}, "broken tool call"),
        ({"role": "assistant", "content": 17}, "content is not text"),
    ],
)
def test_turns_that_cannot_be_read(imports: Importer, turn: dict[str, Any], reason: str) -> None:
    rejects = imports("x.jsonl", json.dumps({"messages": [{"role": "user", "content": Q}, turn]})).rejects
    assert [r.reason for r in rejects] == [reason]


def test_metadata_is_every_other_field_flat_and_json_safe(imports: Importer) -> None:
    row = {
        **SPELLINGS[0][1],
        "score": 4,
        "none": None,
        "metadata": {"agent": "Ada", "score": 1},
        "tags": ["a", " b "],
    }
    example = one(imports, row, tags=["t", "a"])
    assert example.metadata == {"score": 4, "agent": "Ada"}
    assert example.tags == ("t", "a", "b")


def test_fields_of_a_turn_that_a_message_has_no_place_for_are_kept(imports: Importer) -> None:
    turns = [{"role": "user", "content": Q}, {"role": "assistant", "content": A, "weight": 0}]
    assert one(imports, {"messages": turns}).metadata == {"turn_fields": [{"turn": 1, "weight": 0}]}


def test_group_by_takes_dotted_names_and_ties_numbers_however_written(imports: Importer) -> None:
    rows = [{**SPELLINGS[0][1], "customer": {"id": value}} for value in (17, "17", 17.0, "18")]
    rows += [{**SPELLINGS[0][1], "metadata": {"customer": {"id": 17}}}, SPELLINGS[0][1]]
    imported = imports("x.jsonl", "\n".join(map(json.dumps, rows)), split=["customer.id"])
    keys = [e.group_key for e in imported.examples]
    assert keys == [hash_value("17")] * 3 + [hash_value("18"), hash_value("17"), None]


def test_a_forced_format_reads_only_that(imports: Importer) -> None:
    row = {"instruction": "i", "output": "o", "prompt": "p", "completion": "c"}
    assert one(imports, row).prompt == "i"
    assert one(imports, row, format="prompt_completion").prompt == "p"
    [reject] = imports("x.jsonl", json.dumps(row), format="sharegpt").rejects
    assert reject.reason == "unknown shape"


def test_columns_of_json_rows(imports: Importer) -> None:
    columns = {"prompt": "mail.body", "completion": "reply"}
    row = {"mail": {"body": Q}, "reply": A, "id": 7}
    assert one(imports, row, columns=columns).prompt == Q
    [reject] = imports("x.jsonl", '{"id": 7}', columns=columns).rejects
    assert reject.reason == "no such column"
