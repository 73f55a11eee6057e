"""JSON files: arrays, wrapped arrays, and arrays that are broken somewhere."""

import json
from collections.abc import Callable

import pytest

from curate.sources import Imported

Importer = Callable[..., Imported]

ROWS = [{"prompt": f"question {i}", "completion": f"answer {i}"} for i in range(4)]
PRETTY = json.dumps(ROWS, indent=2)


def prompts(imported: Imported) -> list[tuple[int, str]]:
    return [(e.line, e.prompt) for e in imported.examples]


@pytest.mark.parametrize(
    "value",
    [ROWS, {"data": ROWS}, {"rows": ROWS}, {"version": "1.0", "train": ROWS}],
    ids=["array", "data", "other key", "beside a version"],
)
def test_an_array_is_rows_bare_or_wrapped(imports: Importer, value: object) -> None:
    assert prompts(imports("x.json", json.dumps(value))) == [(i + 1, f"question {i}") for i in range(4)]


COLUMNS = {key: [row[key] for row in ROWS] for key in ROWS[0]}
CELLS = {key: {str(i): row[key] for i, row in enumerate(ROWS)} for key in ROWS[0]}
KEYED = {f"row-{i}": row for i, row in enumerate(ROWS)}


@pytest.mark.parametrize(
    "value",
    [
        COLUMNS,
        CELLS,
        KEYED,
        {"train": ROWS[:3], "test": ROWS[3:]},
        {"version": 2, "train": ROWS[:3], "note": [1], "Test": ROWS[3:], "dev": [], "licence": "CC0"},
        {"data": ROWS, "labels": ["a", "b"]},
        {"data": ROWS, "errors": []},
        {"errors": [], "version": 1, "warnings": [], "data": ROWS, "more": []},
    ],
    ids=[
        "lists",
        "cells by column",
        "cells by row",
        "splits",
        "splits among others",
        "beside a list",
        "before an empty list",
        "between empty lists",
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_table_in_one_object_is_its_rows(imports: Importer, value: object, indent: int | None) -> None:
    imported = imports("x.json", json.dumps(value, indent=indent))
    assert prompts(imported) == [(i + 1, f"question {i}") for i in range(4)]
    assert imported.rejects == []


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "value",
    [
        {"train": ROWS[:3], "test": ROWS[3:]},
        {"train": ROWS[:2], "dev": [], "validation": ROWS[2:3], "seed": 17, "test": ROWS[3:], "by": "me"},
        {"errors": [], "version": 1, "data": ROWS, "warnings": []},
    ],
    ids=["two splits", "splits among others", "between empty lists"],
)
def test_a_broken_row_of_lists_in_one_object_costs_itself_alone(
    imports: Importer, value: object, indent: int | None
) -> None:
    text = json.dumps(value, indent=indent).replace('"answer 1"', '"answer \\q"')
    imported = imports("x.json", text)
    assert prompts(imported) == [(1, "question 0"), (3, "question 2"), (4, "question 3")]
    assert [(r.line, r.reason) for r in imported.rejects] == [(2, "broken JSON")]


def test_behind_rows_that_are_no_split_another_list_is_one_reject(imports: Importer) -> None:
    text = json.dumps({"data": ROWS, "errors": [{"code": 1}, {"code": 2}]})
    imported = imports("x.json", text.replace('"answer 1"', '"answer \\q"'))
    assert [line for line, _ in prompts(imported)] == [1, 3, 4]
    assert [(r.line, "code" in r.raw) for r in imported.rejects] == [(2, False), (5, True)]


def test_a_split_that_is_no_utf8_is_no_traceback(imports: Importer) -> None:
    text = json.dumps({"train": ROWS[:2], "t*st": ROWS[2:]}).encode()
    imported = imports("x.json", text.replace(b"*", b"\xff"))
    assert [line for line, _ in prompts(imported)] == [1, 2]
    assert [r.line for r in imported.rejects] == [3]


@pytest.mark.parametrize("by_column", [True, False])
def test_a_table_of_names_that_a_recipe_maps_is_its_rows(imports: Importer, by_column: bool) -> None:
    rows = {str(i): {"head": f"question {i}", "body": f"answer {i}"} for i in range(4)}
    columns = {key: {i: row[key] for i, row in rows.items()} for key in ("head", "body")}
    mapped = {"prompt": "head", "completion": "body"}
    text = json.dumps(columns if by_column else rows)
    assert prompts(imports("x.json", text, format="columns", columns=mapped)) == [
        (i + 1, f"question {i}") for i in range(4)
    ]


@pytest.mark.parametrize(
    "value",
    [
        {
            "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}],
            "tags": ["x", "y"],
        },
        {"prompt": ["q"], "completion": ["a"]},
        {"prompt": [{"role": "user", "content": "q"}], "completion": [{"role": "assistant", "content": "a"}]},
    ],
)
def test_one_object_of_lists_is_one_row(imports: Importer, value: object) -> None:
    assert prompts(imports("x.json", json.dumps(value))) == [(1, "q")]


def test_one_object_is_one_row(imports: Importer) -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    assert prompts(imports("x.json", json.dumps({"messages": turns}))) == [(1, "q")]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("key", ["data", "version"])
def test_a_key_twice_in_the_wrapper_loses_no_row(imports: Importer, indent: int | None, key: str) -> None:
    inside = json.dumps({"version": "1", "data": ROWS}, indent=indent)[:-1].rstrip()
    imported = imports("x.json", f'{inside}, "{key}": [{json.dumps(ROWS[0])}]}}')
    assert prompts(imported) == [(i + 1, f"question {i}") for i in range(4)]
    assert [(r.line, "question 0" in r.raw) for r in imported.rejects] == [(5, True)]


@pytest.mark.parametrize("gap", [" ", "\n  "])
def test_one_object_with_a_key_twice_is_one_reject(imports: Importer, gap: str) -> None:
    text = f'{{{gap}"prompt": "q",{gap}"prompt": "r",{gap}"completion": "a"{gap}}}'
    [reject] = imports("x.json", text).rejects
    assert (reject.line, reject.reason, '"r"' in reject.raw) == (1, "duplicate key", True)


def test_json_lines_under_the_wrong_suffix(imports: Importer) -> None:
    imported = imports("x.json", "\n".join(map(json.dumps, ROWS)) + "\n{broken")
    assert len(imported.examples) == 4
    assert [(r.line, r.reason) for r in imported.rejects] == [(5, "broken JSON")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"question 1"', '"question 1'),
        ('"question 1"', "NaN"),
        ('"answer 1"', '"answer 1",'),
        ('"answer 1"\n  }', '"answer 1"\n  '),
        ('"answer 1"\n  }', '"answer 1"\n  }}'),
        ('"answer 1"', '"caf\udce9"'),
        ('"answer 1"', '"answer \\q"'),
        ('"answer 1"', '"answer 1", "completion": "another"'),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_broken_element_costs_itself_alone(
    imports: Importer, before: str, after: str, wrapped: bool
) -> None:
    assert before in PRETTY
    text = PRETTY.replace(before, after)
    data = (f'{{"data": {text}}}' if wrapped else text).encode("utf-8", "surrogateescape")
    imported = imports("x.json", data)
    assert prompts(imported) == [(1, "question 0"), (3, "question 2"), (4, "question 3")]
    assert [r.line for r in imported.rejects] == [2]
    assert "question 1" in imported.rejects[0].raw or "NaN" in imported.rejects[0].raw


def test_a_brace_too_many_in_a_compact_array_costs_its_element(imports: Importer) -> None:
    imported = imports("x.json", json.dumps(ROWS).replace('"answer 1"}', '"answer 1"}}'))
    assert [line for line, _ in prompts(imported)] == [1, 3, 4]
    assert [(r.line, r.reason) for r in imported.rejects] == [(2, "broken JSON")]


def test_a_truncated_file_costs_its_last_row(imports: Importer) -> None:
    imported = imports("x.json", json.dumps(ROWS)[:-12])
    assert [line for line, _ in prompts(imported)] == [1, 2, 3]
    assert [(r.line, r.reason) for r in imported.rejects] == [(4, "broken JSON")]


def test_what_follows_the_array_is_not_lost_in_silence(imports: Importer) -> None:
    imported = imports("x.json", json.dumps(ROWS) + ', {"prompt": "late"}')
    assert len(imported.examples) == 4
    assert [(r.line, r.raw) for r in imported.rejects] == [(5, ', {"prompt": "late"}')]


def test_a_file_that_is_no_json_is_one_reject(imports: Importer) -> None:
    imported = imports("x.json", "<html>not found</html>")
    assert [(r.line, r.reason) for r in imported.rejects] == [(1, "broken JSON")]
