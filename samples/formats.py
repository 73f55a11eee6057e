"""Writers: the items of one file as bytes, each item at its 1-based place.

The place is what a dataset version calls `line`: the physical line in JSONL, the element in a JSON
array, the record (header not counted) in CSV, the block in a text file.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any

from samples import layout
from samples.plan import Broken
from samples.shop.conversation import Row, Turn

Item = Row | Broken
COLUMNS = ("question", "answer", "customer", "topic")


def encode(file: str, items: Sequence[Item]) -> bytes:
    """The content of `file`. Place n is the n-th item, whatever the format."""
    shape = _SHAPES[file]
    match PurePosixPath(file).suffix:
        case ".jsonl":
            return b"".join(_line(shape, item) + b"\n" for item in items)
        case ".json":
            elements = [item.content if isinstance(item, Broken) else shape(item) for item in items]
            return json.dumps(elements, ensure_ascii=False, indent=1).encode() + b"\n"
        case ".csv":
            return b"\xef\xbb\xbf" + _record(COLUMNS) + b"".join(_csv_item(item) for item in items)
        case _:
            blocks = (item.content if isinstance(item, Broken) else shape(item).encode() for item in items)
            return _SEPARATORS[file].join(blocks) + b"\n"


def _line(shape: Callable[[Row], Any], item: Item) -> bytes:
    if isinstance(item, Broken):
        return bytes(item.content)
    return json.dumps(shape(item), ensure_ascii=False).encode()


def _csv_item(item: Item) -> bytes:
    if isinstance(item, Broken):
        return bytes(item.content) + b"\r\n"
    turn = item.turns[0]
    return _record((turn.question, turn.answer, item.customer or "", item.topic))


def _record(values: Sequence[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(values)
    return buffer.getvalue().encode()


def _messages(row: Row) -> dict[str, Any]:
    messages = [{"role": "system", "content": row.system}] if row.system else []
    for turn in row.turns:
        messages.append({"role": "user", "content": turn.question})
        messages.append({"role": "assistant", "content": turn.answer})
    optional = {"customer": row.customer, "contact": row.contact}
    return {"messages": messages} | {key: value for key, value in optional.items() if value}


def _sharegpt(row: Row) -> dict[str, Any]:
    conversation = [{"from": "system", "value": row.system}] if row.system else []
    for turn in row.turns:
        conversation.append({"from": "human", "value": turn.question})
        conversation.append({"from": "gpt", "value": turn.answer})
    return {"conversations": conversation}


def _alpaca(row: Row) -> dict[str, str]:
    """A question with an empty line in it is an instruction and its input."""
    instruction, _, given = row.turns[0].question.partition("\n\n")
    return {"instruction": instruction, "input": given, "output": row.turns[0].answer}


def _text(template: str) -> Callable[[Row], str]:
    def shape(row: Row) -> str:
        turn: Turn = row.turns[0]
        return template.format(system=row.system, question=turn.question, answer=turn.answer)

    return shape


_SEPARATORS = {
    layout.ALPACA: b"\n\n\n",
    layout.TAGS: b"\n---\n",
    layout.CHATML: b"\n",
    layout.LLAMA: b"\n===\n",
}
_CHATML_TURN = "<|im_start|>{}\n{{{}}}<|im_end|>"
_SHAPES: dict[str, Callable[[Row], Any]] = {
    **dict.fromkeys(layout.MESSAGE_FILES, _messages),
    layout.JSON_CHATS: _sharegpt,
    layout.JSONL_CHATS: _sharegpt,
    layout.MACROS: _alpaca,
    layout.CSV: _alpaca,
    layout.ALPACA: _text("### Instruction:\n{question}\n\n### Response:\n{answer}"),
    layout.TAGS: _text("<INSTRUCTION>{question}</INSTRUCTION>\n<RESPONSE>{answer}</RESPONSE>"),
    layout.CHATML: _text(
        "\n".join(_CHATML_TURN.format(role, slot) for role, slot in
                  (("system", "system"), ("user", "question"), ("assistant", "answer")))
    ),
    layout.LLAMA: _text("<s>[INST] {question} [/INST] {answer} </s>"),
}  # fmt: skip
