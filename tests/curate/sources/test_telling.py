"""What is said of the files that are read: a line for each, and of hundreds alike a count."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from curate.sources import import_batches
from schemas.recipe import Recipe


def said(folder: Path) -> list[str]:
    lines: list[str] = []
    recipe = Recipe.model_validate({"name": "x", "system_prompt": None, "sources": [{"path": "raw"}]})
    rows = sum(len(batch.examples) for batch in import_batches(recipe, folder, lines.append))
    return [f"{rows} examples", *lines]


def write(folder: Path, name: str, text: str) -> None:
    path = folder / "raw" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_of_hundreds_of_texts_without_markers_eight_are_named_and_the_others_counted(tmp_path: Path) -> None:
    for number in range(300):
        write(tmp_path, f"man/{number:03}.txt", f"NAME\n  tool-{number}: does what it does")
    write(tmp_path, "good.jsonl", '{"prompt": "q", "completion": "a"}\n')
    lines = said(tmp_path)
    assert lines[:2] == ["1 examples", "raw/good.jsonl: 1 row, prompt and completion"]
    assert lines[2].startswith(
        "raw/man/000.txt: 1 row, unknown format, 1 rejected (no template markers)\n  plain"
    )
    assert lines[3:10] == [
        f"raw/man/00{n}.txt: 1 row, unknown format, 1 rejected (no template markers)" for n in range(1, 8)
    ]
    assert lines[10:] == [
        "raw/man: 292 files more, 292 rows, unknown format, 292 rejected (no template markers); "
        "`curate import --dry-run` lists them"
    ]


def test_every_file_has_its_line_where_they_are_few_or_of_different_kinds(tmp_path: Path) -> None:
    for number in range(16):
        write(tmp_path, f"a/{number:02}.jsonl", '{"prompt": "q", "completion": "a"}\n')
        write(tmp_path, f"b/{number:02}.jsonl", '{"prompt": "q"}\n' * (number % 2) + "{}")
    lines = said(tmp_path)
    assert len(lines) == 33
    assert not [line for line in lines if "more" in line]


def test_a_file_with_another_fault_is_named_among_hundreds(tmp_path: Path) -> None:
    for number in range(100):
        write(tmp_path, f"{number:03}.jsonl", '{"prompt": "q", "completion": "a"}\n')
    write(tmp_path, "050.jsonl", '{"prompt": "q", "completion": "a"}\nbroken\n')
    lines = said(tmp_path)
    assert "raw/050.jsonl: 2 rows, prompt and completion, 1 rejected (broken JSON)" in lines
    assert lines[-1].startswith("raw: 91 files more, 91 rows, prompt and completion; ")


def test_files_that_are_passed_over_are_counted_by_their_suffix(tmp_path: Path) -> None:
    write(tmp_path, "good.jsonl", '{"prompt": "q", "completion": "a"}\n')
    for number in range(100):
        write(tmp_path, f"x{number:03}.{'jpg' if number % 10 == 9 else 'pdf'}", "")
    lines = said(tmp_path)
    assert lines[1] == "raw/x000.pdf: passed over, no format that is read"
    assert lines[9] == "92 files more passed over: 82 .pdf, 10 .jpg"
    assert lines[10] == "raw/good.jsonl: 1 row, prompt and completion"


def test_a_large_table_by_column_is_told_how_to_be_written(tmp_path: Path) -> None:
    columns = {name: ["word " * 200] * 20_000 for name in ("prompt", "completion")}
    write(tmp_path, "x.json", json.dumps(columns))
    [_, line] = said(tmp_path)
    assert "1 rejected (longer than 16 MiB)" in line
    assert "JSON Lines" in line


def test_a_row_that_is_too_long_is_told_nothing(tmp_path: Path) -> None:
    long = json.dumps({"prompt": "q", "completion": "x" * 2**25})
    write(tmp_path, "x.jsonl", f'{long}\n{{"prompt": "q", "completion": "a"}}\n')
    assert "JSON Lines" not in "".join(said(tmp_path))


def test_numbers_as_answers_are_told_how_to_be_text(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    table = pa.table({"question": ["1 + 1?", "2 + 2?"], "answer": [2, 4]})
    pq.write_table(table, tmp_path / "raw/sums.parquet")
    [_, line] = said(tmp_path)
    assert "2 rejected (content is not text)" in line
    assert "astype(str)" in line
