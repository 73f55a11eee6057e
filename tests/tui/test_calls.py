"""Tool calls in words, whatever their shape."""

import pytest

from tui.model.calls import calls_in_words


@pytest.mark.parametrize(
    ("calls", "words"),
    [
        (
            '[{"id":"c1","type":"function","function":{"name":"get","arguments":{"city":"Oslo","n":2}}}]',
            'get(city="Oslo", n=2)',
        ),
        ('[{"function":{"name":"get","arguments":"{broken"}}]', "get({broken)"),
        ('[{"function":{"name":"a","arguments":{}}},{"function":{"name":"b","arguments":{}}}]', "a()\nb()"),
        ("[1]", "[1]"),
        ('{"function": 1}', '{"function": 1}'),
        ("no JSON", "no JSON"),
    ],
)
def test_tool_calls_are_told_as_calls(calls: str, words: str) -> None:
    assert calls_in_words(calls) == words
