"""Chats as a scraper left them: ShareGPT's shape in JSON Lines, packed, with whatever the scraper met."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zstandard

from messy.talk import Said, Talk, shuffled
from messy.written import Written

SOURCE = "raw/sharegpt.jsonl.zst"
BROKEN_EVERY = 25
HUGE = 17 * 2**20  # bytes; over what a line may have
_ID_TWICE = b'{"id": "stands twice", '


def write_scraped(folder: Path, talk: Talk, planted: list[Said], rows: int) -> list[Written]:
    """`sharegpt.jsonl.zst`, its last line cut. Returns every line, blank ones too."""
    lines: list[bytes] = []
    written: list[Written] = []
    rng = talk.rng
    broken = [rng.choice(_BROKEN) for _ in range(rows // BROKEN_EVERY)]
    broken += [("longer than any row", _huge), *_BROKEN]
    places = {rng.randrange(1, rows): b for b in broken}
    for number, said in enumerate(shuffled(talk, planted, rows)):
        if number in places:
            problem, make = places[number]
            lines.append(make())
            written.append(Written(SOURCE, len(lines), problem))
        lines.append(_line(number, said, rng))
        twice = lines[-1].startswith(_ID_TWICE)
        written.append(Written(SOURCE, len(lines), "a key twice" if twice else "", None if twice else said))
    lines.append(_line(rows, talk.plain(), rng)[:-30])
    written.append(Written(SOURCE, len(lines), "cut off"))
    (folder / "sharegpt.jsonl.zst").write_bytes(zstandard.compress(b"\n".join(lines), 3))
    return written


def _line(number: int, said: Said, rng: random.Random) -> bytes:
    turns = [{"from": rng.choice(("human", "user")), "value": said.question}]
    turns.append({"from": rng.choice(("gpt", "chatgpt", "bing", "assistant")), "value": said.answer})
    row: dict[str, Any] = {"id": f"Qx{number:05}_0", "conversations": turns}
    if said.kind == "plain":
        turns[:] = rng.choice(_SHAPES)(turns)
        row |= rng.choice(({}, {"model": None}, {"views": rng.randrange(99)}, {"lang": "en", "tags": []}))
    text = json.dumps(row, ensure_ascii=rng.random() < 0.5)
    if said.kind == "plain" and rng.random() < 0.02:
        text = _ID_TWICE.decode() + text[1:]
    return text.encode() + (b"\r" if rng.random() < 0.1 else b"")


Turns = list[dict[str, Any]]


def _with_tools(turns: Turns) -> Turns:
    call = {"name": "find_order", "arguments": {"city": "Malmö", "n": 3}}
    asked, answered = turns
    return [
        {"from": "system", "value": "You are a large language model."},
        asked,
        {"from": "function_call", "value": json.dumps(call)},
        {"from": "observation", "value": '{"state": "late"}'},
        answered,
    ]


def _longer(turns: Turns) -> Turns:
    return [
        *turns,
        {"from": "human", "value": "ok thanks \U0001f44d"},
        {"from": "gpt", "value": "You're welcome!"},
    ]


_SHAPES: list[Callable[[Turns], Turns]] = [
    lambda turns: turns,
    lambda turns: turns,
    _longer,
    _with_tools,
    lambda turns: [{"from": "system", "value": ""}, *turns],
    lambda turns: [{**turn, "weight": 1, "markdown": None} for turn in turns],
    lambda turns: [*turns, {"from": "human", "value": "continue"}],
    lambda turns: [{"from": "gpt", "value": "Hi! How can I help?"}, *turns],
    lambda turns: [turns[0], turns[0], turns[1]],
]


def _turns(*turns: object) -> Callable[[], bytes]:
    return lambda: json.dumps({"id": "b", "conversations": turns}).encode()


def _huge() -> bytes:
    turns = [{"from": "human", "value": "read this"}, {"from": "gpt", "value": "lorem " * (HUGE // 6)}]
    return json.dumps({"conversations": turns}).encode()


_ASK, _SAY = {"from": "human", "value": "Where is my tent?"}, {"from": "gpt", "value": "On its way to you."}
_BROKEN: list[tuple[str, Callable[[], bytes]]] = [
    ("a role of nobody", _turns({**_ASK, "from": "narrator"}, _SAY)),
    ("no role", _turns({**_ASK, "from": None}, _SAY)),
    ("empty turns", _turns({**_ASK, "value": ""}, {**_SAY, "value": ""})),
    ("no answer", _turns(_ASK)),
    ("an answer of null", _turns(_ASK, {**_SAY, "value": None})),
    ("a number as text", _turns(_ASK, {**_SAY, "value": 42})),
    ("turns that are texts", _turns("Where is my tent?", "On its way.")),
    ("no turns", _turns()),
    ("turns of null", lambda: b'{"id": "b", "conversations": null}'),
    (
        "half a surrogate",
        lambda: b'{"conversations": [{"from": "human", "value": "\\ud83d"}]}',
    ),
    ("not a number", lambda: b'{"id": NaN, "conversations": []}'),
    ("a page in place of data", lambda: b"<!DOCTYPE html><html><body>429 Too Many Requests</body></html>"),
    ("nothing", lambda: b""),
    ("bytes of nothing", lambda: b"\x00" * 64),
    ("no UTF-8", lambda: b'{"conversations": [{"from": "human", "value": "caf\xe9"}]}'),
    ("a list", lambda: b'["a", "b"]'),
    ("an error", lambda: b'{"error": {"message": "rate limited"}}'),
]
