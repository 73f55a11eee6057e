"""JSON Lines: one bad line costs itself, and the arithmetic over physical lines closes."""

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from curate.sources import Imported, import_sources
from schemas.recipe import Recipe

Importer = Callable[..., Imported]

GOOD = '{"prompt":"Where is my order?","completion":"On its way."}'
DEEP = '{"prompt":"q","completion":"a","x":' + "[" * 70 + "]" * 70 + "}"

BAD = [
    (b'{"prompt": "q", "comple', "broken JSON"),
    (b'{"prompt": "caf\xe9", "completion": "a"}', "invalid UTF-8"),
    (b'{"prompt": "q\\ud800", "completion": "a"}', "lone surrogate"),
    (b'{"prompt": "q", "completion": "a", "score": NaN}', "NaN or infinity"),
    (b'{"prompt": "q", "completion": "a", "score": 1e999}', "NaN or infinity"),
    (b'{"prompt": "q", "completion": "a", "completion": "b"}', "duplicate key"),
    (b'{"messages": [{"role": "user", "content": "q", "content": "r"}]}', "duplicate key"),
    (b'{"prompt": "q", "completion": "a", "meta": {"id": 1, "id": 2}}', "duplicate key"),
    (b'{"prompt": "q", "completion": "a", "\\u0070rompt" \t: "r"}', "duplicate key"),
    (b'{"prompt": "q", "completion": "a", "n": 1, "n": 1.0}', "duplicate key"),
    (b'{"prompt": "q", "completion": "a", "n": 1, "n": true}', "duplicate key"),
    (b'{"prompt": "q", "completion": "a", "n": {"a": 1}, "n": {"a": 1, "b": 2}}', "duplicate key"),
    (b'{"prompt": "q", "completion": "a", "": 1, "": 2, "n": %s}' % (b"9" * 30), "duplicate key"),
    (b"", "empty row"),
    (b" \t", "empty row"),
    (b"{}", "empty row"),
    (b'{"prompt": "", "completion": null}', "empty row"),
    (b'{"messages": []}', "empty row"),
    (b"null", "not an object"),
    (b'["q", "a"]', "not an object"),
    (DEEP.encode(), "nested too deep"),
    (b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}", "nested too deep"),
    (b'{"colour": "red"}', "unknown shape"),
    (b'{"prompt": "q"}', "no assistant answer"),
    (b'{"prompt": "q", "completion": ""}', "no assistant answer"),
    (b'{"output": "a"}', "no user message"),
    (b'{"prompt": {"q": 1}, "completion": "a"}', "content is not text"),
    (b'{"messages": [{"role": "wizard", "content": "q"}]}', "unknown role"),
    (b'{"messages": [{"content": "q"}]}', "unknown role"),
    (b'{"messages": "hello"}', "broken JSON"),
    (b'{"messages": ["hello"]}', "unknown shape"),
    (b'{"text": "just prose"}', "no template markers"),
]


@pytest.mark.parametrize(("line", "reason"), BAD, ids=[f"{i}-{reason}" for i, (_, reason) in enumerate(BAD)])
def test_a_bad_line_costs_itself_alone(imports: Importer, line: bytes, reason: str) -> None:
    imported = imports("raw/x.jsonl", GOOD.encode() + b"\n" + line + b"\n" + GOOD.encode() + b"\n")
    assert [(e.source, e.line) for e in imported.examples] == [("raw/x.jsonl", 1), ("raw/x.jsonl", 3)]
    [reject] = imported.rejects
    assert (reject.source, reject.line, reject.reason) == ("raw/x.jsonl", 2, reason)
    assert (imported.sources[0].rows, imported.sources[0].rejected) == (3, 1)


@pytest.mark.parametrize(
    "line",
    [
        '{"prompt": "q", "completion": "a", "prompt": "q"}',
        '{"prompt": "q", "completion": "a", "n": {"a": 1, "b": 2}, "n": {"b": 2, "a": 1}}',
        '{"prompt": "q", "completion": "a", "a": {"id": 1}, "b": {"id": 2}, "Prompt": "r"}',
        '{"prompt": "q", "completion": "a", "text": "\\"text\\": 1, \\"text\\": 2"}',
    ],
)
def test_a_key_that_stands_twice_and_says_the_same_loses_nothing(imports: Importer, line: str) -> None:
    [row] = imports("x.jsonl", line).examples
    assert (row.prompt, row.answer) == ("q", "a")


def test_of_a_key_that_says_two_things_both_can_be_seen(imports: Importer, said: list[str]) -> None:
    line = '{"prompt": "q", "completion": "a", "completion": "b"}'
    imported = imports("x.jsonl.gz", gzip.compress(f"{GOOD}\n{line}\n".encode()))
    assert [(r.line, r.reason, r.raw) for r in imported.rejects] == [(2, "duplicate key", line)]
    assert said == [
        "x.jsonl.gz: 2 rows, prompt and completion, 1 rejected (duplicate key)\n"
        "  `completion` stands twice in one object, with different values: keep the right one "
        "(`jq -c .` keeps the last one of each object)"
    ]


def test_raw_text_of_a_reject_is_whole_and_its_bytes_visible(imports: Importer) -> None:
    [reject] = imports("x.jsonl", b'{"prompt": "caf\xe9"}\r\n').rejects
    assert reject.raw == '{"prompt": "caf\\xe9"}'


def test_raw_text_of_a_huge_reject_is_cut_and_says_so(imports: Importer) -> None:
    [reject] = imports("x.jsonl", '{"prompt": "' + "x" * 300_000).rejects
    assert reject.raw.endswith("… [cut: 300,012 bytes in all]")
    assert len(reject.raw) < 70_000


@given(lines=st.lists(st.binary(max_size=60).map(lambda b: b.replace(b"\n", b"")), max_size=12))
def test_any_bytes_are_rows_or_rejects_and_never_an_error(
    lines: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("fuzz")
    # A good first line: alone, a byte order mark or a bracket there would change what the file is.
    (root / "x.jsonl").write_bytes(b"\n".join([GOOD.encode(), *lines]) + b"\n")
    recipe = Recipe.model_validate({"system_prompt": None, "sources": [{"path": "x.jsonl"}]})
    imported = import_sources(recipe, root, lambda _: None)
    found = sorted([e.line for e in imported.examples] + [r.line for r in imported.rejects])
    assert found == list(range(1, len(lines) + 2))
    assert imported.sources[0].rows == len(lines) + 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_files_with_a_byte_order_mark_are_read(imports: Importer, encoding: str) -> None:
    plain = imports("plain.jsonl", GOOD)
    marked = imports("marked.jsonl", f"{GOOD}\n{GOOD}".encode(encoding))
    assert [e.example_id for e in marked.examples] == [plain.examples[0].example_id] * 2


def test_an_undecodable_row_of_a_utf16_file_costs_itself(imports: Importer) -> None:
    content = f"{GOOD}\n".encode("utf-16") + b"\x00\xd8" + f"{GOOD}\n{GOOD}".encode("utf-16-le") + b"\n"
    imported = imports("x.jsonl", content)
    assert [e.line for e in imported.examples] == [1]
    assert [(r.line, r.reason) for r in imported.rejects] == [(2, "invalid UTF-8"), (3, "invalid UTF-8")]


@pytest.mark.parametrize("pack", [("x.jsonl.gz", gzip.compress), ("x.jsonl.zst", zstandard.compress)])
def test_compressed_files_are_read_and_hashed_as_they_lie(
    imports: Importer, tmp_path: Path, pack: tuple[str, Callable[[bytes], bytes]]
) -> None:
    name, compress = pack
    imported = imports(name, compress(f"{GOOD}\n{GOOD}\n".encode()))
    assert [e.line for e in imported.examples] == [1, 2]
    assert imported.sources[0].sha256 == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()


def test_integers_of_any_length_stay_exact(imports: Importer) -> None:
    long = 123456789012345678901234567890
    rows = [json.dumps({"prompt": "q", "completion": "a", "order": long + i}) for i in (0, 1)]
    imported = imports("x.jsonl", "\n".join(rows), split=["order"])
    assert [e.metadata["order"] for e in imported.examples] == [long, long + 1]
    assert imported.examples[0].group_key != imported.examples[1].group_key


def test_a_json_array_under_the_wrong_suffix_is_read_as_one(imports: Importer) -> None:
    array = json.dumps([json.loads(GOOD)] * 2, indent=2)
    assert [e.line for e in imports("x.jsonl", array).examples] == [1, 2]


def test_what_is_said_of_a_file(imports: Importer, said: list[str]) -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    imports("raw/a.jsonl", "\n".join([json.dumps({"messages": turns})] * 3 + ["broken"]))
    imports("raw/b.jsonl", f"{GOOD}\n{GOOD}\n" + json.dumps({"messages": turns}))
    imports("raw/c.jsonl", GOOD)
    imports("raw/d.jsonl", "")
    assert said == [
        "raw/a.jsonl: 4 rows, OpenAI messages, 1 rejected (broken JSON)",
        "raw/b.jsonl: 3 rows, prompt and completion, mixed",
        "raw/c.jsonl: 1 row, prompt and completion",
        "raw/d.jsonl: 0 rows",
    ]
