"""Rows by their lines are the rows that reading the whole file gives, or none at all."""

import json
import random
from pathlib import Path

import pytest

from curate.sources import import_file, import_lines, located_files
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
