"""Files that are no UTF-8 and bear no mark: the recipe says what they are, and without it a line says so."""

import json
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from curate.sources import Imported

Importer = Callable[..., Imported]
TEXT = "Wo ist mein Gürtel – er kostete 5 €?"
ROW = {"prompt": TEXT, "completion": "Über München."}
FILES = {
    "x.csv": f"prompt;completion\r\n{TEXT};Über München.\r\n",
    "x.jsonl": json.dumps(ROW, ensure_ascii=False) + "\n",
    "x.json": json.dumps([ROW], ensure_ascii=False),
    "x.txt": f"### Instruction:\n{TEXT}\n\n### Response:\nÜber München.\n",
}


@pytest.mark.parametrize("name", FILES)
def test_text_of_windows_is_read_as_the_recipe_says(imports: Importer, name: str) -> None:
    imported = imports(name, FILES[name].encode("cp1252"), encoding="cp1252")
    assert [(e.prompt, e.answer) for e in imported.examples] == [(TEXT, "Über München.")]
    assert imported.rejects == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mark_in_the_file_goes_before_the_recipe(imports: Importer, encoding: str) -> None:
    imported = imports("x.csv", FILES["x.csv"].encode(encoding), encoding="cp1252")
    assert [e.prompt for e in imported.examples] == [TEXT]


def test_a_byte_that_the_encoding_does_not_have_costs_its_row(imports: Importer) -> None:
    content = FILES["x.csv"].encode("cp1252") + b"q\x81;a\r\nq3;a3\r\n"
    imported = imports("x.csv", content, encoding="cp1252")
    assert [e.prompt for e in imported.examples] == [TEXT, "q3"]
    assert [(r.line, r.reason) for r in imported.rejects] == [(2, "invalid UTF-8")]


def test_without_it_the_remedy_is_named(imports: Importer, said: list[str]) -> None:
    imported = imports("x.csv", FILES["x.csv"].encode("cp1252"))
    assert [r.reason for r in imported.rejects] == ["invalid UTF-8"]
    first, second = said[-1].splitlines()
    assert first == "x.csv: 1 row, unknown format, 1 rejected (invalid UTF-8)"
    assert "encoding: cp1252" in second


def test_a_damaged_row_among_many_is_no_other_encoding(imports: Importer, said: list[str]) -> None:
    rows = "".join(f"q{n};a{n}\r\n" for n in range(99))
    imports("x.csv", b"prompt;completion\r\n" + rows.encode() + b"q\xe4;a\r\n")
    assert said[-1] == "x.csv: 100 rows, prompt and completion, 1 rejected (invalid UTF-8)"


def test_an_encoding_that_is_none_is_an_error_of_the_recipe(imports: Importer) -> None:
    for name, hint in (("cp125", "did you mean cp125"), ("Shift-JS", "did you mean shift_jis"), ("hex", "")):
        with pytest.raises(ValidationError, match=f"{name} is no text encoding; {hint}"):
            imports("x.csv", "prompt,completion\n", encoding=name)
