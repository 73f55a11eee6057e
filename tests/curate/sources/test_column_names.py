"""Columns named in other languages: the suggestion is lines that a recipe takes, and that read the file."""

import json
import re
from collections.abc import Callable

import pytest
from ruamel.yaml import YAML

from curate.sources import Imported
from curate.sources.column_names import suggestion
from schemas.errors import SourceError

Importer = Callable[..., Imported]

TABLES = [
    (["id", "frage", "antwort"], "frage", "antwort"),
    (["question", "réponse"], "question", "réponse"),
    (["Pregunta", "Respuesta", "tema"], "Pregunta", "Respuesta"),
    (["Eingabe", "Ausgabe"], "Eingabe", "Ausgabe"),
    (["Frage des Kunden", "Unsere Antwort"], "Frage des Kunden", "Unsere Antwort"),
    (["antwort_id", "frage", "antwort"], "frage", "antwort"),
    (["anweisung", "output"], "anweisung", "output"),
    (["вопрос", "ответ"], "вопрос", "ответ"),
    (["Q", "A", "type"], "Q", "A"),
    (["customer_question", "agent_reply"], "customer_question", "agent_reply"),
]


@pytest.mark.parametrize(("columns", "prompt", "answer"), TABLES, ids=[" ".join(t[0]) for t in TABLES])
def test_the_suggested_lines_read_the_table(
    imports: Importer, columns: list[str], prompt: str, answer: str
) -> None:
    row = ",".join(f"value of {name}" for name in columns)
    content = f"{','.join(columns)}\n{row}\n"
    with pytest.raises(SourceError) as refused:
        imports("x.csv", content)
    assert refused.value.mend is not None
    found = re.search(r"`columns: (\{.*\})` in its source", refused.value.mend)
    assert found
    mapped = YAML(typ="safe").load(found[1])
    [example] = imports("x.csv", content, format="columns", columns=mapped).examples
    assert (example.prompt, example.answer) == (f"value of {prompt}", f"value of {answer}")


def test_json_rows_with_such_keys_get_the_same_suggestion(imports: Importer, said: list[str]) -> None:
    imports("x.jsonl", "\n".join([json.dumps({"question": "q", "réponse": "a"}, ensure_ascii=False)] * 3))
    assert "`columns: {prompt: question, completion: réponse}` in its source" in said[0]
    assert "--column completion=réponse" in said[0]


def test_json_rows_with_keys_that_do_not_tell_are_said_with_them(imports: Importer, said: list[str]) -> None:
    imports("x.jsonl", "\n".join([json.dumps({"name": "Ghotuo", "alpha_3": "aaa", "scope": "I"})] * 3))
    assert (
        "none of its keys `name`, `alpha_3`, `scope` says question or answer: say which they are" in said[0]
    )


def test_keys_of_an_object_within_a_row_are_suggested_with_their_path(
    imports: Importer, said: list[str]
) -> None:
    rows = "\n".join([json.dumps({"row_idx": 1, "row": {"question": "q", "answer": "a"}})] * 3)
    imports("x.jsonl", rows)
    assert '`columns: {prompt: "row.question", completion: "row.answer"}` in its source' in said[0]
    mapped = {"prompt": "row.question", "completion": "row.answer"}
    assert [e.prompt for e in imports("x.jsonl", rows, format="columns", columns=mapped).examples] == [
        "q"
    ] * 3


def test_a_table_without_names_of_columns_is_told_to_get_them(imports: Importer) -> None:
    with pytest.raises(SourceError) as refused:
        imports("x.csv", "Where is my parcel?,On its way.\nCan I return it?,Yes.\n")
    assert refused.value.mend == (
        "its first line is read as names of columns: put `question,answer` or such in front of "
        "'Where is my parcel?'"
    )


def test_three_columns_of_an_instruction_are_to_be_renamed() -> None:
    told = suggestion(["Anweisung", "Eingabe", "Ausgabe"])
    assert told == "call its columns 'Anweisung', 'Eingabe' and 'Ausgabe' `instruction`, `input` and `output`"


@pytest.mark.parametrize("columns", [["frage", "datum"], ["a", "b"], ["antwort"], []])
def test_names_that_do_not_tell_get_none(columns: list[str]) -> None:
    assert suggestion(columns) is None


def test_a_row_without_an_answer_is_no_matter_of_names(imports: Importer, said: list[str]) -> None:
    imports("x.jsonl", '{"prompt": "q", "completion": ""}')
    assert "columns" not in said[0]
