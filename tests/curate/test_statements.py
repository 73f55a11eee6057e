"""Statements in the journal: which are in force, and that a build honours them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from curate.building.build import build
from curate.building.residue import pii_residue
from curate.cli.looking import why
from curate.journal import Journal, rulings_of
from curate.pii.said import digest, new_salt
from curate.statements import ANYWHERE, Stated, in_words, labels_in_words, statements
from curate.workspace import Workspace
from schemas.decision import Decision
from schemas.statement import Apart, Value, Vote, parse

SALT = "0f" * 16
NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)


def decision(seq: int, label: str, annotator: str = "ada", undoes: int | None = None) -> Decision:
    return Decision(seq, "e1", annotator, "skip", labels=(label,), undoes=undoes)


@given(
    st.one_of(
        st.builds(Apart, NAMES),
        st.builds(Value, st.booleans(), st.sampled_from(["here", "everywhere"]), NAMES, st.just(SALT), NAMES),
        st.builds(Vote, st.sampled_from(["a", "b", "tie"]), NAMES, NAMES, st.integers(0, 99)),
    )
)
def test_a_label_says_it_all(statement: Apart | Value | Vote) -> None:
    assert parse(statement.label) == statement


@pytest.mark.parametrize(
    "label",
    ["second-look", "tone: rude", "pii:is:here:X:nosalt:12", "pii:is", "vote:c:1:a:b", "vote:a:-1:a:b"],
)
def test_other_labels_state_nothing(label: str) -> None:
    assert parse(label) is None


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (Apart("e2"), "no duplicate of e2"),
        (
            Value(False, "everywhere", "PHONE_NUMBER", SALT, "aa"),
            "the value taken for PHONE_NUMBER is no personal data wherever it stands",
        ),
        (
            Value(True, "here", "API_KEY", SALT, "aa"),
            "the value taken for API_KEY is personal data in this example",
        ),
        (
            Vote("b", "r1/test%3A%20one/test/base", "r2/x/test/adapter", 2),
            "the answer of adapter of r2 is better than that of base of r1",
        ),
        (
            Vote("tie", "r1/e/t/base", "r1/e/t/adapter", 2),
            "the answers of base of r1 and of adapter of r1 are equally good",
        ),
    ],
)
def test_people_read_words(statement: Apart | Value | Vote, words: str) -> None:
    assert in_words(statement) == words
    assert labels_in_words(["rude", statement.label]) == ["rude", words]


def test_what_is_undone_is_not_in_force_and_a_statement_is_no_verdict() -> None:
    told = [decision(1, Apart("e2").label), decision(2, Apart("e0").label), decision(3, "", undoes=1)]
    assert Stated.of(told).apart == {("e0", "e1"): "ada"}
    assert [d.seq for d, _ in statements(told)] == [2]
    assert rulings_of(told) == {}


def test_annotators_who_contradict_each_other_leave_a_value_personal() -> None:
    is_none, is_one = (Value(p, "everywhere", "PHONE_NUMBER", SALT, "aa").label for p in (False, True))
    about = (ANYWHERE, "PHONE_NUMBER", SALT, "aa")
    assert Stated.of([decision(1, is_none)]).values == {about: (False, "ada")}
    assert Stated.of([decision(1, is_one, "bob"), decision(2, is_none)]).values == {about: (True, "bob")}
    assert Stated.of([decision(1, is_one), decision(2, is_none)]).values == {about: (False, "ada")}


NEAR_TEXT = " ".join(f"word{n}" for n in range(40))
PHONE = "(415) 555-0132"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    rows = [("Who?", f"Call {PHONE}."), ("How?", NEAR_TEXT), ("How?", f"{NEAR_TEXT} more")]
    lines = [json.dumps({"prompt": prompt, "completion": answer}) for prompt, answer in rows]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text(
        "name: told\nsystem_prompt: Help.\nsources:\n  - path: rows.jsonl\ndedup: {}\npii: {}\n",
        encoding="utf-8",
    )
    return tmp_path / "recipe.yaml"


def quiet(_: str) -> None:
    pass


def state(recipe: Path, example_id: str, statement: Apart | Value) -> None:
    with Journal.open(Workspace.open(recipe).journal) as journal:
        journal.append(example_id, "ada", "skip", labels=[statement.label])


def test_the_next_build_keeps_both_of_a_pair_told_apart(workspace: Path) -> None:
    first = build(workspace, say=quiet)
    (pair,) = first.pairs()
    state(workspace, pair.dropped_id, Apart(pair.kept_id))
    second = build(workspace, say=quiet)
    assert second.version != first.version
    assert {e.example_id for e in second.examples()} >= {pair.kept_id, pair.dropped_id}
    assert second.manifest.leaks.cross_split_pairs == 0
    told = [e for e in second.why(pair.dropped_id).events if e.reason == "not_a_duplicate"]
    assert [(e.action, e.actor) for e in told] == [("kept_by_review", "ada")]
    assert (first.manifest.decisions_applied, second.manifest.decisions_applied) == (0, 1)
    told_in_words = CliRunner().invoke(
        why, [pair.dropped_id, "--recipe", str(workspace)], catch_exceptions=False
    )
    assert f": no duplicate of {pair.kept_id}\n" in told_in_words.output
    assert "not_duplicate_of" not in told_in_words.output
    asked = CliRunner().invoke(why, [pair.dropped_id, "--json", "--recipe", str(workspace)])
    assert f"not_duplicate_of:{pair.kept_id}" in asked.stdout


def test_the_next_build_leaves_a_value_called_none_and_the_gate_knows(workspace: Path) -> None:
    first = build(workspace, say=quiet)
    (row,) = [e for e in first.examples() if "PHONE_NUMBER" in e.answer]
    salt = new_salt()
    value = Value(False, "everywhere", "PHONE_NUMBER", salt, digest(salt, "PHONE_NUMBER", "4155550132"))
    state(workspace, row.example_id, value)
    second = build(workspace, say=quiet)
    (after,) = [e for e in second.examples() if e.example_id == row.example_id]
    assert after.answer == f"Call {PHONE}."
    assert second.manifest.decisions_applied == 1
    settings = Workspace.open(workspace).recipe.pii
    assert settings is not None
    assert pii_residue(settings, second, workspace.parent) == {}
    assert PHONE not in (second.path / "ledger.parquet").read_bytes().decode("latin-1")
