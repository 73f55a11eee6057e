import json
from typing import Any

import pytest

from curate.duplicates.facts import FactsFeature
from curate.duplicates.tools import Tools, calls, differ_in_numbers, results
from schemas.example import Example, Message, hash_messages
from schemas.row_table import rows_table


def call(name: str, arguments: Any, **fields: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "arguments": arguments}, **fields}


def calling(*made: dict[str, Any]) -> Message:
    return Message("assistant", "", tool_calls=json.dumps(made))


def test_order_ids_and_wrapping_say_nothing_of_calls() -> None:
    lamp, heating = call("lamp", {"on": True, "room": "hall"}, id="1"), call("heating", {"to": 20})
    plain = [
        {"name": "heating", "arguments": {"to": 20}},
        call("lamp", {"room": "hall", "on": True}, id="x9"),
    ]
    assert (
        calls([calling(lamp, heating)])
        == calls([calling(*plain)])
        == calls([calling(heating), calling(lamp)])
    )
    assert len(calls([calling(lamp, lamp)])) == 2


def test_what_is_no_json_is_compared_as_it_stands() -> None:
    assert calls([Message("assistant", "", tool_calls="lamp(1)")]) == ("lamp(1)",)
    assert calls([calling(call("lamp", "not JSON"))]) != calls([calling(call("lamp", "nor this"))])
    assert results([Message("tool", " It rains. "), Message("tool", '{"b": 1,  "a": 2}')]) == (
        "It rains.",
        '{"a":2,"b":1}',
    )
    assert results([Message("user", "It rains."), Message("assistant", "So it does.")]) == ()


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (("sun",), (), False),
        (("sun", "12"), ("sun", "-9.5"), True),
        (("12",), ("twelve",), False),
        (("12",), ('"12"',), False),
    ],
)
def test_tools_that_differ_in_numbers_alone(a: Tools, b: Tools, expected: bool) -> None:
    assert differ_in_numbers(a, b) is expected


def test_calls_that_differ_in_numbers_stand_at_the_same_place() -> None:
    few, many = (
        calls([calling(call("a", {"n": n, "room": "x"}), call("a", {"n": 9, "room": "y"}))]) for n in (1, 95)
    )
    assert differ_in_numbers(few, many)


def example(*messages: Message) -> Example:
    return Example(hash_messages(messages), messages, "a.jsonl", 1)


def test_the_hashes_of_texts_tell_calls_and_results_and_are_the_same_from_columns() -> None:
    asked, lamp = Message("user", "Turn on the lamp"), calling(call("lamp", {"n": 1}, id="a"))
    rows = [
        example(asked, Message("assistant", "")),
        example(asked, lamp),
        example(asked, calling(call("lamp", {"n": 1}, id="b"))),
        example(asked, calling(call("lamp", {"n": 2}))),
        example(asked, lamp, Message("tool", "on"), Message("assistant", "It is on.")),
        example(asked, lamp, Message("tool", "broken"), Message("assistant", "It is on.")),
        example(asked, Message("assistant", "", tool_calls="")),
    ]
    texts = FactsFeature()(rows)["texts"]
    assert len(set(texts[:, 0].tolist())) == 1
    assert texts[1, 1] == texts[2, 1]
    assert texts[0, 1] == texts[6, 1]
    assert len(set(texts[:, 1].tolist())) == 5
    assert FactsFeature().of_table(rows_table(rows))["texts"].tolist() == texts.tolist()
