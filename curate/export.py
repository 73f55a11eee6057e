"""Export: examples as files for other tools. What is written here can be imported again with the same ids.
There is no CSV among them, and so no cell that a spreadsheet would take for a formula.

openai     JSONL `{"messages": […], "tools": […]}`: the fine-tuning format, arguments of calls as JSON text
messages   JSONL `{"messages": […], …}` with ids, tags and metadata, arguments of calls as objects
sharegpt   JSONL `{"conversations": [{"from": …, "value": …}]}`
alpaca     JSON  `[{"instruction", "input", "output", "system", "history"}]`: the last round, and earlier ones
           as pairs, as LLaMA-Factory reads them; conversations without tools
parquet    the table of a dataset version
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from curate.atomic import write_bytes, write_text
from curate.sources.rows import BadRow
from curate.sources.shapes import messages_in
from schemas import recipe
from schemas.errors import UsageError
from schemas.example import Example, Message, hash_messages

Format = Literal["openai", "sharegpt", "alpaca", "messages", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)
Row = dict[str, Any]

_SHAREGPT_ROLES = {"system": "system", "user": "human", "assistant": "gpt", "tool": "observation"}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An example that a format cannot carry, and why."""

    example: Example
    why: str


class _NoPlace(Exception):
    """The format cannot say what the example says; the text says why."""


def export(
    examples: Iterable[Example],
    format: Format,
    path: Path,
    leave_out: Callable[[LeftOut], None] | None = None,
) -> int:
    """Writes the examples to `path`, whole or not at all; the number written.

    Every row is read back before it is written, and must say what the example says. One that has no place in
    the format goes to `leave_out`; without that, nothing is written. Raises UsageError then, and where no
    example has a place.
    """
    placed = list(_placed(examples, format, leave_out))
    if format == "parquet":
        write_bytes(path, _parquet([example for example, _ in placed]))
    elif format == "alpaca":
        write_text(path, _json([row for _, row in placed]))
    else:
        write_text(path, "".join(f"{_json(row)}\n" for _, row in placed))
    return len(placed)


def _placed(
    examples: Iterable[Example], format: Format, leave_out: Callable[[LeftOut], None] | None
) -> Iterator[tuple[Example, Row]]:
    refused = placed = 0
    for example in examples:
        try:
            row = _row(example, format)
        except _NoPlace as found:
            left_out = LeftOut(example, str(found))
            if leave_out is None:
                raise _refused(left_out, format) from None
            leave_out(left_out)
            refused += 1
        else:
            placed += 1
            yield example, row
    if refused and not placed:
        raise UsageError(f"none of the examples has a place in the format {format!r}", _others(format))


def _row(example: Example, format: Format) -> Row:
    row = _WRITERS[format](example)
    try:
        messages = messages_in(row, _SHAPES[format])
    except BadRow as bad:
        raise _NoPlace(bad.reason) from None
    if hash_messages(messages) != example.content_hash:
        raise _NoPlace("something of its turns would be lost")
    return row


def _refused(left_out: LeftOut, format: Format) -> UsageError:
    example = left_out.example
    return UsageError(
        f"example {example.example_id} ({example.source}:{example.line}) has no place in the format "
        f"{format!r}: {left_out.why}",
        f"{_others(format)}, or leave such examples out with --skip",
    )


def _others(format: Format) -> str:
    others = [name for name in FORMATS if name not in (format, "alpaca")]
    return f"export with --format {', '.join(others[:-1])} or {others[-1]}"


def _openai(example: Example) -> Row:
    messages = [_message(m, call_arguments=_json_text) for m in example.messages]
    return {"messages": messages, **_tools(example)}


def _messages(example: Example) -> Row:
    return {
        "example_id": example.example_id,
        "messages": [_message(m, call_arguments=lambda value: value) for m in example.messages],
        **_tools(example),
        "source": example.source,
        "line": example.line,
        "tags": list(example.tags),
        "split": example.split,
        "metadata": {key: value for key, value in example.metadata.items() if key != "tools"},
    }


def _message(message: Message, call_arguments: Callable[[Any], Any]) -> Row:
    fields: Row = dict(message.to_dict())
    if message.tool_calls:
        fields["tool_calls"] = _calls(message, call_arguments)
        fields["content"] = message.content or None
    return fields


def _calls(message: Message, arguments: Callable[[Any], Any]) -> list[Any]:
    calls: list[Any] = json.loads(message.tool_calls or "[]")
    for call in calls:
        function = call.get("function", call)
        if "arguments" in function:
            function["arguments"] = arguments(function["arguments"])
    return calls


def _tools(example: Example) -> Row:
    return {"tools": example.metadata["tools"]} if example.metadata.get("tools") else {}


def _sharegpt(example: Example) -> Row:
    return {"conversations": [_sharegpt_turn(m) for m in example.messages], **_tools(example)}


def _sharegpt_turn(message: Message) -> Row:
    """`tool_calls` stands beside its plain spelling: ids and a text next to a call have no other place."""
    fields: Row = {"from": _SHAREGPT_ROLES[message.role], "value": message.content}
    if message.tool_calls:
        calls = _calls(message, lambda value: value)
        fields["tool_calls"] = calls
        if not message.content and message.role == "assistant":
            functions = [call.get("function", call) for call in calls]
            fields |= {
                "from": "function_call",
                "value": _json(functions[0] if len(functions) == 1 else functions),
            }
    fields |= {key: value for key in ("name", "tool_call_id") if (value := getattr(message, key)) is not None}
    return fields


def _alpaca(example: Example) -> Row:
    messages = list(example.messages)
    system = messages.pop(0).content if messages and messages[0].role == "system" else None
    roles = [m.role for m in messages]
    if any(m.role == "tool" or m.tool_calls for m in messages):
        raise _NoPlace("it calls a tool")
    if not roles or roles != ["user", "assistant"] * (len(roles) // 2):
        raise _NoPlace(f"its turns are {', '.join(roles)}")
    *history, question, answer = (m.content for m in messages)
    row: Row = {"instruction": question, "input": "", "output": answer}
    row |= {"system": system} if system else {}
    row |= {"history": [list(p) for p in zip(history[::2], history[1::2], strict=True)]} if history else {}
    return row


def _parquet(rows: list[Example]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from schemas.arrow import examples_table, has_tools

    sink = pa.BufferOutputStream()
    pq.write_table(examples_table(rows, has_tools(rows)), sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data


_WRITERS: dict[str, Callable[[Example], Row]] = {
    "parquet": lambda example: {"messages": [m.to_dict() for m in example.messages]},
    "openai": _openai,
    "messages": _messages,
    "sharegpt": _sharegpt,
    "alpaca": _alpaca,
}
_SHAPES: dict[str, recipe.Format] = {
    "openai": "messages",
    "messages": "messages",
    "sharegpt": "sharegpt",
    "alpaca": "alpaca",
    "parquet": "messages",
}


def _json_text(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else _json(arguments)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
