"""Names of speakers that only a source's own files use."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from curate.sources import Imported
from curate.sources.shapes import ITEMS, KNOWN_KEYS
from curate.sources.turns import USUAL_ROLES

Importer = Callable[..., Imported]
TURNS = [("Kunde", "Wo ist es?"), ("agent", "Unterwegs."), ("KUNDE ", "Danke."), ("agent", "Gern.")]
ROLES = {"agent": "assistant", "kunde": "user"}


def rows(shape: str) -> str:
    key, role, content = (
        ("messages", "role", "content") if shape == "messages" else ("conversations", "from", "value")
    )
    return json.dumps({key: [{role: who, content: said} for who, said in TURNS]}) + "\n"


@pytest.mark.parametrize("shape", ["messages", "sharegpt"])
def test_named_roles_are_read(imports: Importer, shape: str) -> None:
    imported = imports("x.jsonl", rows(shape), roles=ROLES)
    [example] = imported.examples
    assert [m.role for m in example.messages] == ["user", "assistant"] * 2
    usual = imports("y.jsonl", rows(shape).replace("Kunde", "user").replace("KUNDE ", "user"), roles=ROLES)
    assert usual.examples[0].example_id == example.example_id


def test_a_named_role_goes_before_the_usual_one(imports: Importer) -> None:
    turns = [{"role": "bot", "content": "q"}, {"role": "user", "content": "a"}]
    [example] = imports(
        "x.jsonl", json.dumps({"messages": turns}) + "\n", roles={"bot": "user", "user": "assistant"}
    ).examples
    assert [m.role for m in example.messages] == ["user", "assistant"]


def test_a_prompt_column_with_turns_knows_them_too(imports: Importer) -> None:
    row = {"prompt": [{"role": "Kunde", "content": "q"}], "completion": "a"}
    assert imports("x.jsonl", json.dumps(row) + "\n", roles=ROLES).rejects == []


def test_without_them_the_unknown_ones_are_named_with_the_key(imports: Importer, said: list[str]) -> None:
    imported = imports("x.jsonl", rows("messages"))
    assert [r.reason for r in imported.rejects] == ["unknown role"]
    assert said[-1].splitlines() == [
        "x.jsonl: 1 row, unknown format, 1 rejected (unknown role)",
        "  say of each in the source whether it is user, assistant, system or tool, or drop: "
        "`roles: {agent: …, kunde: …}`",
    ]


def test_turns_of_a_role_can_be_left_out_whatever_they_hold(imports: Importer) -> None:
    turns = [
        {"role": "Kunde", "content": "q"},
        {"role": "note", "content": 5},
        {"role": "agent", "content": "a"},
    ]
    roles = {**ROLES, "Note": "drop"}
    [example] = imports("x.jsonl", json.dumps({"messages": turns}) + "\n", roles=roles).examples
    assert [m.content for m in example.messages] == ["q", "a"]
    row = {"prompt": [{"role": "note", "content": "n"}, {"role": "kunde", "content": "q"}], "completion": "a"}
    [other] = imports("y.jsonl", json.dumps(row) + "\n", roles=roles).examples
    assert other.example_id == example.example_id


def test_one_that_is_still_missing_is_named_alone(imports: Importer, said: list[str]) -> None:
    imports("x.jsonl", rows("messages"), roles={"agent": "assistant"})
    assert "`roles: {kunde: …}`" in said[-1]


def test_where_the_labels_cannot_be_told_the_key_is(imports: Importer, said: list[str]) -> None:
    cell = json.dumps([{"role": "agent", "content": "x"}]).replace('"', '""')
    imports("x.csv", f'messages\n"{cell}"\n')
    assert "roles: {agent: assistant}" in said[-1]


def test_a_role_that_is_none_is_an_error_of_the_recipe(imports: Importer) -> None:
    with pytest.raises(ValidationError, match=r"roles\.agent"):
        imports("x.jsonl", rows("messages"), roles={"agent": "helper"})


def test_the_documentation_names_every_speaker_and_key() -> None:
    recipe = (Path(__file__).parents[3] / "docs" / "recipe.md").read_text("utf-8")
    keys = {*KNOWN_KEYS, ITEMS} - {"tags"}
    assert {name for name in {*USUAL_ROLES.of, *keys} if f"`{name}`" not in recipe} == set()
