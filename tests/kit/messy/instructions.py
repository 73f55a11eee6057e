"""Instruction sets that several hands made: Alpaca's shape in one JSON object, and the same and chats as
Parquet, with nulls, numbers and lists where text should be."""

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from messy.talk import Said, Talk, shuffled
from messy.written import Written

JSON, ALPACA, CHATS = "raw/sets/alpaca.json", "raw/sets/alpaca.parquet", "raw/sets/chats.parquet"
BROKEN_EVERY = 30


def write_instructions(folder: Path, talk: Talk, planted: list[Said], rows: int) -> list[Written]:
    """Three files of about the same size. Returns every row of each."""
    folder.mkdir(parents=True)
    said = list(shuffled(talk, planted, rows))
    third = rows // 3
    return [
        *_json(folder / "alpaca.json", talk.rng, said[:third]),
        *_alpaca(folder / "alpaca.parquet", talk.rng, said[third : 2 * third]),
        *_chats(folder / "chats.parquet", talk.rng, said[2 * third :]),
    ]


def _json(path: Path, rng: random.Random, said: list[Said]) -> list[Written]:
    rows: list[Any] = []
    written: list[Written] = []
    for each in said:
        if rng.randrange(BROKEN_EVERY) == 0:
            problem, row = rng.choice(_BROKEN_VALUES)
            rows.append(row)
            written.append(Written(JSON, len(rows), problem))
        rows.append(_row(each, rng))
        written.append(Written(JSON, len(rows), said=each))
    content = {"version": 2, "license": None, "data": rows}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return written


_BROKEN_VALUES: list[tuple[str, Any]] = [
    ("a number as output", {"instruction": "Add 40 and 2.", "input": "", "output": 42}),
    ("a list of lists", {"instruction": "List two colours.", "input": "", "output": [["red"], ["green"]]}),
    ("an object as output", {"instruction": "Give JSON.", "input": "", "output": {"a": {"b": [1, None]}}}),
    ("a truth as instruction", {"instruction": True, "input": "", "output": "Yes."}),
    ("output of null", {"instruction": "Say hello.", "input": None, "output": None}),
    ("nothing at all", {"instruction": "", "input": "", "output": ""}),
    ("an empty object", {}),
    ("null", None),
    ("a text", "Say hello."),
    ("a number", 17.5),
]


def _row(said: Said, rng: random.Random) -> dict[str, Any]:
    row: dict[str, Any] = {"instruction": said.question, "input": "", "output": said.answer}
    if said.kind == "plain":
        first, _, rest = said.question.partition(". ")
        row |= rng.choice(({}, {"input": None}, {"instruction": f"{first}.", "input": rest or None}))
        row |= rng.choice(({}, {"id": rng.randrange(99)}, {"scores": [[0.1], [None]]}, {"text": None}))
        row |= rng.choice(({}, {"output": [said.answer, "Anything else?"]}))
    return row


def _alpaca(path: Path, rng: random.Random, said: list[Said]) -> list[Written]:
    """Columns that tools add: an index, a score with holes, and `input` that is all null in a row group."""
    rows: list[dict[str, Any]] = []
    written: list[Written] = []
    for each in said:
        if rng.randrange(BROKEN_EVERY) == 0:
            rows.append({"instruction": "Say hello.", "output": rng.choice((None, "", " \n"))})
            written.append(Written(ALPACA, len(rows), "no output"))
        rows.append({"instruction": each.question, "output": each.answer})
        written.append(Written(ALPACA, len(rows), said=each))
    table = pa.table(
        {
            "instruction": [row["instruction"] for row in rows],
            "input": pa.array([None if n < 600 or n % 2 else "" for n in range(len(rows))], pa.string()),
            "output": [row["output"] for row in rows],
            "score": pa.array([rng.choice((None, float("nan"), 0.5)) for _ in rows], pa.float64()),
            "__index_level_0__": list(range(len(rows))),
        }
    )
    pq.write_table(table, path, row_group_size=500)
    return written


def _chats(path: Path, rng: random.Random, said: list[Said]) -> list[Written]:
    """`messages` in Arrow's own lists and structs; a turn has a number beside its text."""
    rows: list[list[dict[str, Any] | None] | None] = []
    written: list[Written] = []
    for each in said:
        if rng.randrange(BROKEN_EVERY) == 0:
            problem, row = rng.choice(_BROKEN_CHATS)
            rows.append(row)
            written.append(Written(CHATS, len(rows), problem))
        rows.append([_turn("user", each.question), _turn("assistant", each.answer, rng.random())])
        written.append(Written(CHATS, len(rows), said=each))
    turn = pa.struct([("role", pa.string()), ("content", pa.string()), ("logprob", pa.float64())])
    pq.write_table(pa.table({"messages": pa.array(rows, pa.list_(turn))}), path)
    return written


def _turn(role: str | None, content: str | None, logprob: float | None = None) -> dict[str, Any]:
    return {"role": role, "content": content, "logprob": logprob}


_BROKEN_CHATS: list[tuple[str, list[dict[str, Any] | None] | None]] = [
    ("messages of null", None),
    ("no messages", []),
    ("a message of null", [_turn("user", "Where is my tent?"), None]),
    ("a role of null", [_turn(None, "Where is my tent?"), _turn("assistant", "Here.")]),
    ("contents of null", [_turn("user", None), _turn("assistant", None)]),
    ("one side", [_turn("user", "Where is my tent?")]),
]
