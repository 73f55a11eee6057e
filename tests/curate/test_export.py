"""Export: what each format looks like on disk. That ids survive is in sources/test_round_trip.py."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from curate.export import Format, export
from schemas.errors import UsageError
from schemas.example import Example, Message

CALL = '[{"function":{"arguments":{"order":17},"name":"find"},"id":"c1","type":"function"}]'
TOOLS = [{"type": "function", "function": {"name": "find"}}]
PLAIN = Example(
    "id1",
    (
        Message("system", "Be kind."),
        Message("user", "Hi"),
        Message("assistant", "Hello"),
        Message("user", "Where is it?"),
        Message("assistant", "Überall."),
    ),
    "raw/x.jsonl",
    7,
    tags=("mail",),
    split="train",
    metadata={"agent": "Ada"},
)
WITH_TOOLS = Example(
    "id2",
    (
        Message("user", "Where is it?"),
        Message("assistant", "", tool_calls=CALL),
        Message("tool", "sent", tool_call_id="c1", name="find"),
        Message("assistant", "On its way."),
    ),
    "raw/x.jsonl",
    8,
    metadata={"tools": TOOLS},
)


def written(tmp_path: Path, format: Format, *examples: Example) -> list[dict[str, Any]]:
    path = tmp_path / "out"
    assert export(iter(examples), format, path) == len(examples)
    text = path.read_text("utf-8")
    return json.loads(text) if format == "alpaca" else [json.loads(line) for line in text.splitlines()]


def test_openai(tmp_path: Path) -> None:
    plain, tools = written(tmp_path, "openai", PLAIN, WITH_TOOLS)
    assert plain == {"messages": [{"role": m.role, "content": m.content} for m in PLAIN.messages]}
    assert tools["tools"] == TOOLS
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"order": 17}'}}
    assert tools["messages"][1] == {"role": "assistant", "content": None, "tool_calls": [call]}
    assert tools["messages"][2] == {"role": "tool", "content": "sent", "tool_call_id": "c1", "name": "find"}


def test_messages_carry_where_they_come_from(tmp_path: Path) -> None:
    plain, tools = written(tmp_path, "messages", PLAIN, WITH_TOOLS)
    assert {k: plain[k] for k in ("example_id", "source", "line", "tags", "split", "metadata")} == {
        "example_id": "id1",
        "source": "raw/x.jsonl",
        "line": 7,
        "tags": ["mail"],
        "split": "train",
        "metadata": {"agent": "Ada"},
    }
    assert tools["messages"][1]["tool_calls"] == json.loads(CALL)


def test_sharegpt(tmp_path: Path) -> None:
    plain, tools = written(tmp_path, "sharegpt", PLAIN, WITH_TOOLS)
    assert [turn["from"] for turn in plain["conversations"]] == ["system", "human", "gpt", "human", "gpt"]
    call = tools["conversations"][1]
    assert (call["from"], json.loads(call["value"])) == (
        "function_call",
        {"name": "find", "arguments": {"order": 17}},
    )
    assert tools["conversations"][2]["from"] == "observation"


def test_alpaca_has_earlier_rounds_as_history(tmp_path: Path) -> None:
    assert written(tmp_path, "alpaca", PLAIN) == [
        {
            "instruction": "Where is it?",
            "input": "",
            "output": "Überall.",
            "system": "Be kind.",
            "history": [["Hi", "Hello"]],
        }
    ]


def test_what_has_no_place_in_alpaca_is_an_error_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="id2"):
        export([PLAIN, WITH_TOOLS], "alpaca", tmp_path / "out.json")
    assert list(tmp_path.iterdir()) == []


def test_the_command_leaves_out_counts_and_lists(tmp_path: Path) -> None:
    (tmp_path / "raw.jsonl").write_text(
        "".join(
            json.dumps({"messages": [m.to_dict() for m in e.messages], "tools": TOOLS}) + "\n"
            for e in (PLAIN, WITH_TOOLS)
        )
    )
    (tmp_path / "recipe.yaml").write_text(
        "system_prompt: null\nsources: [{path: raw.jsonl}]\nsplit: {train: 1, validation: 0, test: 0}\n"
    )

    def curate(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "curate", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert curate("build").returncode == 0
    refused = curate("export", "--format", "alpaca", "--out", "out.json")
    assert refused.returncode == 2
    assert "(raw.jsonl:2) has no place in the format 'alpaca': it calls a tool" in refused.stderr
    assert "--skip" in refused.stderr
    assert not (tmp_path / "out.json").exists()
    done = curate("export", "--format", "alpaca", "--out", "out.json", "--skip")
    assert done.returncode == 0
    first, last = done.stderr.splitlines()
    assert first.startswith("left out ")
    assert first.endswith(" (raw.jsonl:2): it calls a tool")
    assert last == "wrote 1 example to out.json, left out 1"
    [row] = json.loads((tmp_path / "out.json").read_text())
    assert row["history"] == [["Hi", "Hello"]]


def test_parquet_is_the_table_of_a_version(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    from schemas.arrow import example_of

    export([PLAIN, WITH_TOOLS], "parquet", tmp_path / "x.parquet")
    rows = pq.read_table(tmp_path / "x.parquet").to_pylist()
    assert [example_of(row).messages for row in rows] == [PLAIN.messages, WITH_TOOLS.messages]
