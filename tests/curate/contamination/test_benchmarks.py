import csv
import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from curate.contamination.benchmarks import read_benchmarks
from schemas.errors import RecipeError, SourceError


def test_all_strings_of_a_line_where_no_field_is_known(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("one\r\n\r\nthree é\n".encode())
    (tmp_path / "b.jsonl").write_text('{"q": "why", "n": 3, "c": ["x", {"t": "y"}]}\n\n"plain"\n')
    (tmp_path / "c.csv").write_text('q,a\n"two, cells",b\n')
    assert read_benchmarks(["a.txt", "b.jsonl", "c.csv"], tmp_path) == {
        "a.txt": [("one",), ("",), ("three é",)],
        "b.jsonl": [("why", "x", "y"), (), ("plain",)],
        "c.csv": [("q", "a"), ("two, cells", "b")],
    }


def test_known_fields_leave_the_others_out(tmp_path: Path) -> None:
    row = {"question": "Why is it?", "subject": "all about physics", "choices": {"text": ["a", "b"]}}
    passages = ("Why is it?", "a", "b")
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n")
    (tmp_path / "b.json").write_text(json.dumps({"version": 1, "data": [row, row]}))
    (tmp_path / "c.csv").write_text('id,question\n1,"Why is\nit?"\n')
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "d.parquet")
    assert read_benchmarks(["a.jsonl", "b.json", "c.csv", "d.parquet"], tmp_path) == {
        "a.jsonl": [passages],
        "b.json": [passages, passages],
        "c.csv": [(), ("Why is\nit?",)],
        "d.parquet": [passages],
    }


def test_named_fields_are_read_alone(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"question": "x", "frage": "y"}\n')
    assert read_benchmarks(["a.jsonl"], tmp_path, ["frage"]) == {"a.jsonl": [("y",)]}
    with pytest.raises(RecipeError, match="has none of fragen") as error:
        read_benchmarks(["a.jsonl"], tmp_path, ["fragen"])
    assert "frage, question" in error.value.mend


def test_of_a_key_that_stands_twice_both_values_are_passages(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"question": "Why?", "choices": ["a"], "question": "How?", "choices": ["b"]}'
    )
    (tmp_path / "b.json").write_text('{"data": [{"question": "Why?"}], "data": [{"question": "How?"}]}')
    (tmp_path / "c.csv").write_text("question,question\nWhy?,How?\n")
    table = pa.Table.from_arrays([pa.array(["Why?"]), pa.array(["How?"])], names=["question", "question"])
    pq.write_table(table, tmp_path / "d.parquet")
    assert read_benchmarks(["a.jsonl", "b.json", "c.csv", "d.parquet"], tmp_path) == {
        "a.jsonl": [("Why?", "How?", "a", "b")],
        "b.json": [("Why?",), ("How?",)],
        "c.csv": [(), ("Why?", "How?")],
        "d.parquet": [("Why?", "How?")],
    }


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({"train": [{"question": "Why?"}], "test": [{"question": "How?"}]}, [("Why?",), ("How?",)]),
        ({"easy": [{"question": "Why?"}], "hard": [{"question": "How?"}], "n": 2}, [("Why?",), ("How?",)]),
        ({"question": ["Why?", "How?"], "answer": ["So.", "Thus."]}, [("Why?", "So."), ("How?", "Thus.")]),
        ({"question": "Why?", "choices": ["So.", "Thus."], "n": [1]}, [("Why?", "So.", "Thus.")]),
        ({"question": "Why?", "choices": ["So.", "Thus."]}, [("Why?", "So.", "Thus.")]),
        ({"name": "riddles", "riddles": ["Why?", "How?"]}, [("Why?",), ("How?",)]),
    ],
    ids=["splits", "two lists", "by column", "one object", "one object of one list", "strings"],
)
def test_the_lines_of_one_json_object(tmp_path: Path, value: object, lines: list[tuple[str, ...]]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(value))
    assert read_benchmarks(["a.json"], tmp_path) == {"a.json": lines}


def test_compressed_files_tabs_and_utf16(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"question": "Why?"}\n'))
    (tmp_path / "b.txt.zst").write_bytes(zstandard.compress("Wäre es so?\n".encode()))
    (tmp_path / "c.tsv").write_text("id\tquestion\n1\tWhy, then?\n")
    (tmp_path / "d.ndjson").write_text('{"question": "Why?"}\n')
    (tmp_path / "e.csv").write_bytes("question\nWhy?\n".encode("utf-16"))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert read_benchmarks(names, tmp_path) == {
        "a.jsonl.gz": [("Why?",)],
        "b.txt.zst": [("Wäre es so?",)],
        "c.tsv": [(), ("Why, then?",)],
        "d.ndjson": [("Why?",)],
        "e.csv": [(), ("Why?",)],
    }


def test_a_cell_of_half_a_megabyte(tmp_path: Path) -> None:
    article = "word " * 100_000
    (tmp_path / "a.csv").write_text(f"article\n{article}\n")
    csv.field_size_limit(131_072)  # as in a process that has read no CSV yet
    assert read_benchmarks(["a.csv"], tmp_path) == {"a.csv": [(), (article,)]}


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("b.csv", b"question\n" + b"x" * 2**25, SourceError, "field larger than field limit"),
        ("b.txt.gz", gzip.compress(bytes(range(256)) * 99)[:-9], SourceError, "fetch or write"),
        ("b.parquet.gz", b"", RecipeError, "cannot read files of kind '.gz'"),
        ("none.txt", None, RecipeError, "no such file"),
        ("b.xlsx", b"PK", RecipeError, "cannot read files of kind '.xlsx'"),
        ("b.parquet", b"PAR1", SourceError, "not valid Parquet"),
        ("b.jsonl", b'{"a": "b"}\n{"a": \n', SourceError, "b.jsonl:2"),
        ("b.json", b"[" * 100_000, SourceError, "not valid JSON"),
        ("b.txt", b"\xff\xfe\x00", SourceError, "UTF-8"),
    ],
)
def test_benchmarks_that_cannot_be_read(
    tmp_path: Path, name: str, content: bytes | None, error: type[Exception], message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=message):
        read_benchmarks([name], tmp_path)
