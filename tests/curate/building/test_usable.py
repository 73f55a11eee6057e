"""Rows that cannot be used: a gate of `--check`, and an error where there are no others."""

import json
from pathlib import Path

import pytest

import curate
from schemas.errors import GateError, SourceError

GERMAN = "Wo ist mein Gürtel, den ich am {n}. Mai bestellt habe? Die Größe war {n}."


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "raw").mkdir()
    return tmp_path


def recipe(desk: Path, *, checks: str = "", source: str = "") -> Path:
    path = desk / "recipe.yaml"
    path.write_text(
        f"name: x\nsystem_prompt: null\nsources:\n  - path: raw/*.csv\n{source}"
        f"split: {{train: 1, validation: 0, test: 0}}\n{checks}"
    )
    return path


def table(desk: Path, name: str, bad: int, rows: int, tail: bytes = b"") -> None:
    """`bad` of the rows have letters beyond ASCII, in the encoding of Windows."""
    texts = [GERMAN.format(n=n) if n < bad else f"Where is order {n}, please?" for n in range(rows)]
    lines = "".join(f"{text};Answer {n} to that.\r\n" for n, text in enumerate(texts))
    (desk / "raw" / name).write_bytes(b"prompt;completion\r\n" + lines.encode("cp1252") + tail)


def said(_: str) -> None: ...


def test_a_file_in_another_encoding_fails_the_check_with_its_name(desk: Path) -> None:
    table(desk, "a.csv", bad=17, rows=30)
    table(desk, "b.csv", bad=0, rows=300)
    lines: list[str] = []
    assert curate.build(recipe(desk), say=lines.append).manifest.rejected == 17
    assert any("it reads as cp1252 (Gürtel, Größe)" in line for line in lines)
    with pytest.raises(GateError) as stopped:
        curate.build(recipe(desk), check=True, say=said)
    assert stopped.value.exit_code == 1
    assert stopped.value.problem.endswith(
        ": raw/a.csv: 17 of 30 rows cannot be used, 56.7% where 25% are allowed (invalid UTF-8)"
    )
    assert "it reads as cp1252 (Gürtel, Größe): give it a source of its own" in stopped.value.mend
    assert "`checks: {max_rejected: 0.57}`" in stopped.value.mend


def test_what_the_error_says_mends_it(desk: Path) -> None:
    table(desk, "a.csv", bad=17, rows=30)
    (desk / "raw" / "b.csv").write_text(
        "prompt;completion\n" + "".join(f"Größe {n}, bitte?;Größe {n} gibt es nicht.\n" for n in range(9))
    )
    allowed = curate.build(recipe(desk, checks="checks: {max_rejected: 0.57}\n"), check=True, say=said)
    assert (allowed.manifest.rejected, allowed.manifest.kept) == (17, 13 + 9)
    path = recipe(desk)
    own = "sources:\n  - {path: raw/a.csv, encoding: cp1252}\n"
    path.write_text(path.read_text().replace("sources:\n", own))
    mended = curate.build(path, check=True, say=said)
    assert (mended.manifest.rejected, mended.manifest.kept) == (0, 30 + 9)
    assert all("Größe" in e.prompt for e in mended.examples() if e.source == "raw/b.csv")


def test_a_few_bad_rows_and_blank_ones_pass(desk: Path) -> None:
    table(desk, "a.csv", bad=7, rows=30, tail=b";\r\n" * 40 + b"prompt;completion\r\n")
    version = curate.build(recipe(desk), check=True, say=said)
    assert version.manifest.rejected == 7 + 40 + 1
    table(desk, "a.csv", bad=8, rows=30, tail=b";\r\n" * 400)
    with pytest.raises(GateError, match="8 of 30 rows"):
        curate.build(recipe(desk), check=True, say=said)


def test_a_version_that_stands_is_held_against_the_gate_of_today(desk: Path) -> None:
    table(desk, "a.csv", bad=17, rows=30)
    loose = curate.build(recipe(desk, checks="checks: {max_rejected: 1}\n"), check=True, say=said)
    with pytest.raises(GateError, match="17 of 30 rows"):
        curate.build(recipe(desk), check=True, say=said)
    again = curate.build(recipe(desk, checks="checks: {max_rejected: 0.6}\n"), check=True, say=said)
    assert again.version == loose.version  # the gate is no part of what a version is


def test_where_no_row_can_be_used_every_file_is_named_at_once(desk: Path) -> None:
    table(desk, "a.csv", bad=5, rows=5)
    (desk / "raw" / "b.csv").write_text("messages\n" + json.dumps([{"role": "?"}]).replace('"', "'") + "\n")
    with pytest.raises(SourceError) as stopped:
        curate.build(recipe(desk), say=said)
    assert [line.split(":")[0].strip() for line in stopped.value.problem.splitlines()] == [
        "raw/a.csv",
        "raw/b.csv",
    ]
    assert stopped.value.exit_code == 3
    assert "max_rejected" not in stopped.value.mend
    assert not list((desk / ".siftune").glob("datasets/*"))
    (desk / "raw" / "c.csv").write_text("prompt;completion\nWhere is it?;Here.\n")
    assert curate.build(recipe(desk), say=said).manifest.rejected == 5 + 1


def test_a_header_in_another_encoding_is_told_before_any_row(desk: Path) -> None:
    (desk / "raw" / "a.csv").write_bytes("Größe;prompt;completion\r\n5;q;a\r\n".encode("cp1252"))
    with pytest.raises(SourceError, match="its header is no UTF-8") as stopped:
        curate.build(recipe(desk), say=said)
    assert "cp1252 (Größe)" in stopped.value.mend


def test_of_many_such_files_the_worst_are_named(desk: Path) -> None:
    table(desk, "good.csv", bad=0, rows=30)
    for n in range(12):
        table(desk, f"{n:02}.csv", bad=20 + n, rows=40)
    with pytest.raises(GateError) as stopped:
        curate.build(recipe(desk), check=True, say=said)
    lines = stopped.value.problem.splitlines()
    assert lines[0].endswith(
        ": raw/11.csv: 31 of 40 rows cannot be used, 77.5% where 25% are allowed (invalid UTF-8)"
    )
    assert lines[8].strip() == "and 4 files more"
