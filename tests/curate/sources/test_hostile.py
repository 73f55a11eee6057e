"""The hostile corpus: whatever a file holds, every row of it is an example or a reject with its line, its
neighbours are not lost, and nothing ends in a traceback."""

import gzip
import json
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from curate.sources import Imported, import_sources
from curate.sources.readers.json_array import elements, sequence
from curate.sources.readers.window import Window
from schemas.errors import SourceError
from schemas.recipe import Recipe

Importer = Callable[..., Imported]
Apart = Callable[[str], tuple[int, int, int]]


def good(number: int) -> str:
    return json.dumps({"prompt": f"question {number}", "completion": f"answer {number}"})


GOOD = good(0).encode()
LONG = b'{"prompt":"' + b"x" * (17 * 2**20) + b'","completion":"a"}'

# Between two good rows, each of these is one row.
ROWS: dict[str, bytes] = {
    "one endless line": LONG,
    "one endless blank line": b" " * (17 * 2**20),
    "a row and endless blanks": GOOD + b" " * (17 * 2**20),
    "deep lists": b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "unclosed lists": b'{"x":' + b"[" * 100_000,
    "deep text content": b'{"messages":' + b"[" * 100 + b"]" * 100 + b"}",
    "a raw NUL": b'{"prompt":"q\x00","completion":"a"}',
    "NULs alone": b"\x00" * 1000,
    "a NUL by escape": b'{"prompt":"q\\u0000","completion":"a"}',
    "a lone surrogate": b'{"prompt":"\\ud83d","completion":"a"}',
    "a lone surrogate as key": b'{"prompt":"q","completion":"a","\\udc00":1}',
    "a surrogate in bytes": b'{"prompt":"\xed\xa0\x80","completion":"a"}',
    "overlong UTF-8": b'{"prompt":"\xc0\xaf","completion":"a"}',
    "a mark inside": b"\xef\xbb\xbf" + GOOD,
    "UTF-16 inside": good(1).encode("utf-16"),
    "keys that stand twice": b'{"prompt":"p1","prompt":"p2","completion":"a"}',
    "NaN": b'{"prompt":"q","completion":"a","score":NaN}',
    "-Infinity": b'{"prompt":"q","completion":"a","score":-Infinity}',
    "1e999": b'{"prompt":"q","completion":"a","score":1e999}',
    "a number of 5000 digits": b'{"prompt":"q","completion":"a","n":' + b"9" * 5000 + b"}",
    "a number as content": b'{"prompt":17,"completion":"a"}',
    "a truth as content": b'{"messages":[{"role":"user","content":true}]}',
    "an object as content": b'{"prompt":{"a":1},"completion":"a"}',
    "a number as role": b'{"messages":[{"role":1,"content":"q"}]}',
    "a list as role": b'{"messages":[{"role":[],"content":"q"}]}',
    "a number as messages": b'{"messages":17}',
    "messages as an object": b'{"messages":{"role":"user"}}',
    "calls as a number": b'{"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":7}]}',
    "calls of calls": b'{"messages":[{"role":"user","content":"q"},{"role":"gpt","tool_calls":[[[]]]}]}',
    "arguments that are no JSON": b'{"messages":[{"role":"user","content":"q"},{"role":"assistant",'
    b'"tool_calls":[{"function":{"name":"f","arguments":"{"}}]}]}',
    "history of numbers": b'{"instruction":"i","output":"o","history":[1,2]}',
    "tags of numbers": b'{"prompt":"q","completion":"a","tags":[1,{"a":2}]}',
    "metadata as text": b'{"prompt":"q","completion":"a","metadata":"{broken"}',
    "many markers": b'{"text":"' + b"<|im_start|>" * 50_000 + b'"}',
    "many headings": b'{"text":"' + b"### Instruction:\\n" * 50_000 + b'"}',
    "escape sequences": b'{"prompt":"\\u001b]0;x\\u0007","completion":"\\u001b[2J"}',
    "a formula": b'{"prompt":"=HYPERLINK(\\"http://x\\")","completion":"@SUM(1)"}',
    "a carriage return": b'{"prompt":"q",\r"completion":"a"}',
    "other line ends": '{"prompt":"q\u2028\u0085","completion":"a"}'.encode(),
    "nothing": b"",
    "a bracket": b"]",
    "two rows in a line": GOOD + GOOD,
}


@pytest.mark.parametrize("name", ROWS)
def test_every_row_is_an_example_or_a_reject_with_its_line(imports: Importer, name: str) -> None:
    imported = imports("x.jsonl", b"\n".join([good(1).encode(), ROWS[name], good(2).encode(), b""]))
    assert sorted([e.line for e in imported.examples] + [r.line for r in imported.rejects]) == [1, 2, 3]
    assert {1, 3} <= {e.line for e in imported.examples}
    assert (imported.sources[0].rows, imported.sources[0].rejected) == (3, len(imported.rejects))
    assert all(r.reason and len(r.raw) < 70_000 for r in imported.rejects)
    for row in imported.examples:
        assert all(c < "\ud800" or c > "\udfff" for m in row.messages for c in m.content)


@pytest.mark.parametrize("name", sorted(set(ROWS) - {"nothing"}))
def test_every_element_of_an_array_is_an_example_or_a_reject(imports: Importer, name: str) -> None:
    imported = imports("x.json", b"[" + b",\n".join([good(1).encode(), ROWS[name], good(2).encode()]) + b"]")
    lines = sorted([e.line for e in imported.examples] + [r.line for r in imported.rejects])
    assert lines == list(range(1, imported.sources[0].rows + 1))
    prompts = [e.prompt for e in imported.examples]
    assert prompts[0] == "question 1"
    if name != "a bracket":  # it closes the array: what follows is one reject
        assert prompts[-1] == "question 2"


@pytest.mark.parametrize("name", sorted(set(ROWS) - {"one endless blank line", "a row and endless blanks"}))
@pytest.mark.parametrize("suffix", ["csv", "txt", "json"])
def test_the_same_bytes_under_another_suffix_end_in_rows_or_an_error_of_ours(
    imports: Importer, name: str, suffix: str
) -> None:
    header = b"prompt,completion\n" if suffix == "csv" else b""
    try:
        imported = imports(f"x.{suffix}", header + ROWS[name])
    except SourceError:
        return
    lines = sorted([e.line for e in imported.examples] + [r.line for r in imported.rejects])
    assert lines == list(range(1, imported.sources[0].rows + 1))


@pytest.mark.parametrize(
    "suffix", ["jsonl", "csv", "txt", "json", "parquet", "arrow", "jsonl.gz", "jsonl.zst"]
)
@given(data=st.binary(max_size=200))
@example(data=b"\n\n")
def test_any_bytes_end_in_rows_or_an_error_of_ours(
    suffix: str, data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("fuzz")
    (root / f"x.{suffix}").write_bytes(data)
    recipe = Recipe.model_validate({"system_prompt": None, "sources": [{"path": f"x.{suffix}"}]})
    try:
        imported = import_sources(recipe, root, lambda _: None)
    except SourceError:
        return
    assert imported.sources[0].rows == len(imported.examples) + len(imported.rejects)


BUILT = """
name: hostile
system_prompt: Be brief.
sources: [{path: x.jsonl}]
pii: {locales: [us, de], style: realistic}
quality: {rules: {repetition: flag, refusal: drop}}
"""


def test_all_rows_go_through_a_build_that_closes(tmp_path: Path) -> None:
    raw = [good(0).encode()]
    for number, row in enumerate(ROWS.values(), start=1):
        raw += [row, good(number).encode()]
    (tmp_path / "x.jsonl").write_bytes(b"\n".join(raw) + b"\n")
    (tmp_path / "recipe.yaml").write_text(BUILT)
    command = [sys.executable, "-m", "curate", "build", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr.decode()
    manifest = json.loads(done.stdout)
    dropped = sum(sum(stage["dropped"].values()) for stage in manifest["stages"])
    assert manifest["rows_in"] == len(raw) == manifest["rejected"] + dropped + manifest["kept"]
    version = tmp_path / ".siftune" / "datasets" / manifest["version"]
    rejects = [json.loads(line) for line in (version / "rejects.jsonl").read_text("utf-8").splitlines()]
    assert len(rejects) == manifest["rejected"]
    assert [r["line"] for r in rejects if r["line"] % 2] == []  # the good ones have odd numbers
    kept = {row for split in (version / "data").iterdir() for row in pq.read_table(split)["line"].to_pylist()}
    assert {line for line in kept if line % 2} == set(range(1, len(raw) + 1, 2))
    report = (version / "report.html").read_text("utf-8")
    assert f"{len(raw)} raw rows" in report
    assert not {"\x1b", "\x00"}.intersection(report)


@pytest.mark.parametrize("suffix", ["jsonl", "json", "csv", "txt"])
def test_a_line_of_hundreds_of_megabytes_takes_no_memory_of_that_size(
    tmp_path: Path, imports_apart: Apart, suffix: str
) -> None:
    before, after = ("[", "]") if suffix == "json" else ("prompt,completion\n" * (suffix == "csv"), "")
    between = "," if suffix == "json" else "\n"
    with (tmp_path / f"x.{suffix}").open("wb") as file:
        file.write(f"{before}{good(1)}{between}".encode() + b'{"prompt":"')
        file.seek(300 * 2**20, 1)  # a hole, which reads as NULs
        file.write(f'","completion":"a"}}{between}{good(2)}{after}'.encode())
    examples, rejects, mib = imports_apart(f"x.{suffix}")
    assert rejects >= 1
    assert suffix not in ("jsonl", "json") or (examples, rejects) == (2, 1)
    assert mib < 250


PACKERS = {"gz": gzip.compress, "zst": lambda data: zstandard.ZstdCompressor().compress(data)}


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("cut", [1, 10, 5_000])
def test_a_truncated_archive_keeps_the_rows_before(imports: Importer, suffix: str, cut: int) -> None:
    # Rows that pack badly, so that there is something before the cut.
    rows = [json.dumps({"prompt": f"{zlib.crc32(b'%d' % i)}" * 9, "completion": "a"}) for i in range(20_000)]
    packed = PACKERS[suffix]("\n".join(rows).encode() + b"\n")
    imported = imports(f"x.jsonl.{suffix}", packed[:-cut])
    assert len(imported.examples) > 10_000
    [reject] = imported.rejects
    assert (reject.line, reject.reason) == (len(imported.examples) + 1, "damaged archive")


def test_an_archive_with_damage_in_its_middle_keeps_the_rows_before(imports: Importer) -> None:
    packed = bytearray(zstandard.compress("\n".join(map(good, range(50_000))).encode()))
    packed[-1000:-900] = b"\xff" * 100
    imported = imports("x.jsonl.zst", bytes(packed))
    assert imported.examples[100].prompt == "question 100"
    assert imported.rejects[-1].reason == "damaged archive"
    assert imported.rejects[-1].line == imported.sources[0].rows


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_what_is_no_archive_is_an_error_that_names_it(imports: Importer, suffix: str) -> None:
    with pytest.raises(SourceError, match=rf"x\.jsonl\.{suffix}"):
        imports(f"x.jsonl.{suffix}", GOOD)


@pytest.mark.parametrize("suffix", PACKERS)
def test_several_archives_in_one_file_are_read_to_the_end(imports: Importer, suffix: str) -> None:
    packed = b"".join(PACKERS[suffix](f"{good(i)}\n".encode()) for i in range(3))
    if suffix == "zst":
        packed += b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"note"  # a frame without data
    imported = imports(f"x.jsonl.{suffix}", packed)
    assert (len(imported.examples), imported.rejects) == (3, [])


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize(
    "filling", [b"\0", b'{"a":1}' + b" " * 99_993 + b"\n"], ids=["one line", "many lines"]
)
def test_an_archive_that_unpacks_too_far_is_read_no_further(
    imports: Importer, suffix: str, filling: bytes
) -> None:
    body = filling * (300 * 2**20 // len(filling))
    imported = imports(f"x.jsonl.{suffix}", PACKERS[suffix](GOOD + b"\n" + body))
    assert [e.line for e in imported.examples] == [1]
    assert imported.rejects[-1].reason == "unpacks too far"
    assert imported.sources[0].rows == 1 + len(imported.rejects)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_read(imports: Importer, encoding: str) -> None:
    imported = imports("x.jsonl", f"{good(1)}\n{good(2)}\n".encode(encoding))
    assert [e.prompt for e in imported.examples] == ["question 1", "question 2"]


def test_characters_across_the_chunks_of_a_file_stay_whole(imports: Importer) -> None:
    rows = [
        json.dumps({"prompt": "ü€😀" * 77, "completion": str(i)}, ensure_ascii=False) for i in range(2_000)
    ]
    for encoding in ("utf-8", "utf-16", "utf-32"):
        imported = imports("x.jsonl", "\n".join(rows).encode(encoding))
        assert (len(imported.examples), imported.rejects) == (2_000, [])


def test_an_array_larger_than_a_window_is_read_whole(imports: Importer) -> None:
    rows = [json.dumps({"prompt": f"q{i}", "completion": "word " * 300}) for i in range(14_000)]
    rows[7_000] = rows[7_000].replace("word", "word\\q", 1)
    rows[9_000] = LONG.decode()
    rows[11_000] = rows[11_000].replace('"}', "")
    data = '{"version": 1, "data": [' + ", ".join(rows) + '], "licence": "CC0"}'
    imported = imports("x.json", data)
    assert len(imported.examples) == 13_997
    assert [(r.line, r.reason) for r in imported.rejects] == [
        (7_001, "broken JSON"),
        (9_001, "longer than 16 MiB"),
        (11_001, "broken JSON"),
    ]
    assert all(e.prompt == f"q{e.line - 1}" for e in imported.examples)


def test_splits_larger_than_a_window_are_read_whole(imports: Importer) -> None:
    rows = [{"prompt": f"q{i}", "completion": "word " * 300} for i in range(28_000)]
    splits = {"about": {"n": 1}, "train": rows[:20_000], "validation": [], "test": rows[20_000:], "by": "me"}
    imported = imports("x.json", json.dumps(splits))
    assert imported.rejects == []
    assert [e.prompt for e in imported.examples] == [f"q{i}" for i in range(28_000)]


def test_a_text_file_larger_than_a_part_is_read_whole(imports: Importer) -> None:
    block = "### Instruction:\nquestion {}\n\n### Response:\n" + "word " * 300 + "\n\n===\n\n"
    imported = imports("x.txt", "".join(block.format(i) for i in range(25_000)))
    assert [e.prompt for e in imported.examples] == [f"question {i}" for i in range(25_000)]


def test_objects_over_several_lines_each_are_rows(imports: Importer) -> None:
    printed = [json.dumps(json.loads(good(i)), indent=2) for i in range(4)]
    printed[1] = printed[1].replace('"answer 1"', '"answer 1')
    for name in ("x.jsonl", "x.json"):
        imported = imports(name, "\n".join(printed) + "\n")
        assert [e.prompt for e in imported.examples] == ["question 0", "question 2", "question 3"]
        assert [(r.line, r.reason) for r in imported.rejects] == [(2, "broken JSON")]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('ab"\\{[', max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(
    rows=st.lists(VALUES, max_size=6),
    size=st.integers(1, 40),
    indent=st.none() | st.just(2),
    wrapped=st.booleans(),
)
def test_elements_are_found_wherever_the_chunks_end(
    rows: list[object], size: int, indent: int | None, wrapped: bool
) -> None:
    value = {"about": {"n": [1]}, "data": [{}, *rows]} if wrapped else [{}, *rows]
    data = json.dumps(value, indent=indent).encode()
    found = elements(Window(_cut(data, size)))
    if found is None:
        window = Window(_cut(data, size))
        window.fill()
        found = elements(window)
    assert found is not None
    assert [json.loads(piece) for piece in found] == [{}, *rows]


@given(rows=st.lists(st.dictionaries(st.text('ab"\\{[', max_size=4), VALUES, max_size=3), max_size=6))
def test_a_sequence_of_objects_is_cut_between_them(rows: list[dict[str, object]]) -> None:
    data = "\n".join(json.dumps(row, indent=1) for row in rows).encode()
    assert [json.loads(piece) for piece in sequence(Window(_cut(data, 7)))] == rows


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def test_a_table_of_odd_types_is_rows_or_rejects(imports: Importer, tmp_path: Path) -> None:
    table = pa.table(
        {
            "prompt": pa.array([1.5, None, 3.0]),
            "completion": pa.array([b"a", b"\xff", None]),
            "map": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())),
        }
    )
    pq.write_table(table, tmp_path / "x.parquet")
    imported = imports(sources=[{"path": "x.parquet"}])
    assert [r.line for r in imported.rejects] == [1, 2, 3]
