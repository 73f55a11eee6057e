"""Rows by their lines are the rows that reading the whole file gives, or none at all."""

import codecs
import gzip
import json
import random
from pathlib import Path

import pytest

from curate.sources import (
    ImportedBatch,
    LocatedFile,
    can_be_resumed,
    import_file,
    import_lines,
    import_on,
    line_starts,
    line_starts_on,
    located_files,
)
from schemas.example import Example
from schemas.recipe import Recipe, Source

ROWS = [json.dumps({"instruction": f"Say {n}.", "output": f"{n} é", "tag": n % 3}) for n in range(200)]


def imported(path: Path, lines: list[int]) -> tuple[list[Example], list[Example] | None]:
    recipe = Recipe(system_prompt=None, sources=(Source(path=path.name),))
    (file,) = located_files(recipe, path.parent, lambda _: None)
    whole = [row for batch in import_file(file, recipe, path.parent, 64) for row in batch.examples]
    return [row for row in whole if row.line in lines], import_lines(file, recipe, lines)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "end"])
def test_some_lines_of_a_file(tmp_path: Path, end: str, last: str) -> None:
    rows = [*ROWS[:70], "", "{broken", *ROWS[70:]]
    path = tmp_path / "rows.jsonl"
    path.write_bytes((end.join(rows) + (end if last else "")).encode())
    usable = [n for n, row in enumerate(rows, start=1) if row.startswith('{"')]
    lines = [*sorted(random.Random(1).sample(usable, 30)), len(rows)]
    whole, alone = imported(path, lines)
    assert alone == whole
    assert len(whole) == 31


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("rows.json", "[" + ",".join(ROWS) + "]", 1),
        ("rows.jsonl", "[\n" + ",\n".join(ROWS) + "\n]", 3),
        ("rows.jsonl", "\n".join(["{broken", *ROWS]), 1),
        ("rows.jsonl", "\n".join(ROWS), 201),
        ("rows.jsonl", "\ufeff" + "\n".join(ROWS), 1),
    ],
    ids=["an array", "an array by lines", "a broken line", "beyond the end", "a mark"],
)
def test_what_cannot_be_read_alone(tmp_path: Path, name: str, text: str, line: int) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert imported(path, [line])[1] is None


def batches(path: Path, size: int = 16) -> tuple[list[ImportedBatch], Recipe, LocatedFile]:
    recipe = Recipe(system_prompt=None, sources=(Source(path=path.name),))
    (file,) = located_files(recipe, path.parent, lambda _: None)
    return list(import_file(file, recipe, path.parent, size)), recipe, file


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("end", ["", "\n", '\n{"instruction": "Cut', "\n\n  \n{broken\n"])
def test_reading_on_gives_what_reading_the_whole_file_gives(tmp_path: Path, mark: bytes, end: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(mark + ("\n".join(["", "{broken", *ROWS[:45]]) + end).encode())
    first, recipe, before = batches(path)
    assert can_be_resumed(before, recipe.sources[0])
    before_it_grew = line_starts(path, before.stamp)
    with path.open("ab") as grown:
        grown.write("\n".join(['ting", "output": "off"}', *ROWS[45:], "{broken", ROWS[0]]).encode())
    starts = line_starts_on(path, before_it_grew)
    assert starts.tolist() == line_starts(path, None).tolist()
    whole, _, file = batches(path)
    for batch in [b for b in first if b.examples or b.rejects]:
        rest = list(import_on(file, recipe, batch.before, starts, 16))
        assert rest == whole[batch.before.rows // 16 :]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rows.jsonl", "\n".join(ROWS).encode("utf-16")),
        ("rows.jsonl", "\n".join(ROWS).encode("utf-16-le")),
        ("rows.jsonl", ("[" + ",".join(ROWS) + "]\n").encode()),
        ("rows.jsonl", b'{\n"instruction": "a", "output": "b"}\n'),
        ("rows.jsonl", b"\n \n"),
        ("rows.jsonl.gz", gzip.compress("\n".join(ROWS).encode())),
        ("rows.json", "\n".join(ROWS).encode()),
        ("rows.csv", b"instruction,output\na,b\n"),
    ],
)
def test_files_of_another_kind_are_not_read_on(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    _, recipe, file = batches(tmp_path / name)
    assert not can_be_resumed(file, recipe.sources[0])
