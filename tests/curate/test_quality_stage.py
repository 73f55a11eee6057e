"""The quality stage: one reason a drop, every flag, and users' checks that fail without losing a row."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.quality import resolve_checks
from curate.quality.user_checks import Checked
from curate.sparing import untouched
from curate.stages.quality import Quality
from schemas.errors import RecipeError
from schemas.example import Example, Message, hash_messages
from schemas.recipe import Quality as Settings
from schemas.recipe import QualityRules
from schemas.row_table import rows_table
from schemas.stage import Outcome

CHECKS = """
def no_shouting(example):
    return "shouting" if example.answer.isupper() else None

def broken(example):
    raise ValueError("value ada@example.com")

def wrong(example):
    return 7
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A recipe's folder with a module of checks beside it."""
    (tmp_path / "checks.py").write_text(CHECKS)
    return tmp_path


def chat(answer: str, protected: bool = False) -> Example:
    messages = (Message("user", "A question about a jacket?"), Message("assistant", answer))
    return Example(hash_messages(messages), messages, "raw.jsonl", 1, protected=protected)


def happened(outcome: Outcome) -> list[tuple[str, str]]:
    return [(e.action, e.reason) for e in outcome.events]


def test_the_first_reason_drops_the_row() -> None:
    outcome = Quality(Settings(min_words=5, max_tokens=1))([chat("Too short")])
    assert outcome.rows == []
    assert happened(outcome) == [("dropped", "too_short")]
    assert (outcome.events[0].score, outcome.events[0].threshold) == (2.0, 5.0)


def test_a_row_that_stays_carries_every_flag() -> None:
    outcome = Quality(Settings())([chat("I'm sorry, but I can't help with that, [Your Name], and the")])
    assert outcome.rows[0].flags == ("refusal", "truncated_answer", "placeholder")
    assert [action for action, _ in happened(outcome)] == ["flagged"] * 3


def test_the_recipe_says_what_a_rule_does() -> None:
    refused = chat("I'm sorry, but I can't help with that.")
    looped = chat("Well, " + "no, " * 60 + "no.")
    rules = QualityRules(refusal="drop", repetition="flag", too_short="off")
    outcome = Quality(Settings(min_words=900, rules=rules))([refused, looped])
    assert happened(outcome) == [("dropped", "refusal"), ("flagged", "repetition")]
    assert [r.flags for r in outcome.rows] == [("repetition",)]


def test_a_flag_of_an_earlier_stage_is_not_noted_again() -> None:
    row = chat("It ships today. [/INST] And so on.").flagged("template_leftover")
    outcome = Quality(Settings())([row])
    assert (outcome.rows, outcome.events) == ([row], [])
    dropping = QualityRules(template_leftover="drop")
    assert happened(Quality(Settings(rules=dropping))([row])) == [("dropped", "template_leftover")]


def test_a_protected_row_is_kept_and_flagged() -> None:
    outcome = Quality(Settings(min_words=5))([chat("As an AI", protected=True)])
    assert happened(outcome) == [("kept_by_review", "too_short"), ("flagged", "refusal")]
    assert outcome.rows[0].flags == ("too_short", "refusal")


def test_a_users_check_drops_with_its_reason(root: Path) -> None:
    stage = Quality(Settings(), resolve_checks(["checks.no_shouting"], root))
    outcome = stage([chat("IT IS HERE"), chat("It is here.")])
    assert [r.answer for r in outcome.rows] == ["It is here."]
    assert happened(outcome) == [("dropped", "check:shouting")]
    assert outcome.events[0].detail == {"check": "checks.no_shouting"}


@pytest.mark.parametrize(("name", "error"), [("broken", "ValueError"), ("wrong", "TypeError")])
def test_a_check_that_fails_flags_the_row_and_the_others_still_run(root: Path, name: str, error: str) -> None:
    paths = [f"checks.{name}", "checks.no_shouting"]
    stage = Quality(Settings(), resolve_checks(paths, root))
    outcome = stage([chat("It is here."), chat("IT IS HERE")])
    failed = ("flagged", f"check_failed:{paths[0]}")
    assert happened(outcome) == [failed, failed, ("dropped", "check:shouting")]
    assert outcome.rows[0].flags == (f"check_failed:{paths[0]}",)
    assert outcome.events[0].detail == {"error": error}
    assert "ada@example.com" not in repr(outcome)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("no_such_module.f", "cannot be imported"),
        ("os.path.no_such_function", "has no function"),
        ("just_a_name", "names no module"),
    ],
)
def test_a_check_that_is_not_there_is_an_error(path: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=problem):
        resolve_checks([path], tmp_path)


def test_a_module_that_fails_to_import_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "checks_failing.py").write_text("1 / 0")
    with pytest.raises(RecipeError, match="ZeroDivisionError"):
        resolve_checks(["checks_failing.f"], tmp_path)


def test_the_module_beside_the_recipe_wins_and_is_read_afresh(tmp_path: Path) -> None:
    for answer in ("one", "two"):
        (tmp_path / "json.py").write_text(f"def judge(example): return {answer!r}")
        (check,) = resolve_checks(["json.judge"], tmp_path)
        assert check(chat("It is here.")) == answer


def test_a_module_in_a_package_may_import_its_neighbour(tmp_path: Path) -> None:
    package = tmp_path / "checks_in_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "words.py").write_text("REASON = 'found'")
    (package / "judge.py").write_text("from .words import REASON\ndef judge(example): return REASON")
    (check,) = resolve_checks(["checks_in_package.judge.judge"], tmp_path)
    assert check(chat("It is here.")) == "found"


def test_the_import_state_is_left_as_it_was(root: Path) -> None:
    before = list(sys.path), sys.modules.get("checks")
    resolve_checks(["checks.no_shouting"], root)
    assert (list(sys.path), sys.modules.get("checks")) == before


def test_rows_that_rules_and_checks_pass_are_known_without_the_stage(root: Path) -> None:
    rows = [chat(a) for a in ("It is here.", "IT IS HERE", "", "I'm sorry, but I can't help with that.")]
    for paths, spared in (
        (["checks.no_shouting"], [True, False, False, False]),
        (["checks.no_shouting", "checks.broken"], [False] * 4),
        ([], [True, True, False, False]),
    ):
        stage = Quality(Settings(), resolve_checks(paths, root))
        assert untouched(stage, rows_table(rows))[0].tolist() == spared


def test_what_checks_said_is_known_by_their_source(root: Path) -> None:
    def key() -> str:
        return Checked(resolve_checks(["checks.no_shouting"], root)).key

    before = key()
    assert key() == before
    (root / "checks.py").write_text(CHECKS.replace("isupper", "islower"))
    assert key() != before
    assert Checked(resolve_checks(["json.dumps"])).key != Checked(resolve_checks(["json.loads"])).key


def test_another_process_finds_the_check_again(root: Path) -> None:
    stage = Quality(Settings(), resolve_checks(["checks.no_shouting"], root))
    (root / "stage.pickle").write_bytes(pickle.dumps((stage, chat("IT IS HERE"))))
    code = (
        "import pickle, sys; stage, row = pickle.load(open(sys.argv[1], 'rb'));"
        "print([e.reason for e in stage([row]).events])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(root / "stage.pickle")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['check:shouting']"


def test_an_unknown_language_is_an_error_before_any_row() -> None:
    with pytest.raises(RecipeError, match="xx is no language"):
        Quality(Settings(languages=("xx",)))


ROWS = st.lists(
    st.builds(
        chat,
        st.sampled_from(["", "Yes.", "It is here.", "and the other one and the", "no, " * 60]),
        st.booleans(),
    )
)


@given(ROWS, st.integers(1, 4))
def test_batches_and_pickling_change_nothing_and_the_arithmetic_closes(
    rows: list[Example], size: int
) -> None:
    stage = Quality(Settings(min_words=2))
    whole = stage(rows)
    again: Quality = pickle.loads(pickle.dumps(stage))
    parts = [again(rows[i : i + size]) for i in range(0, len(rows), size)]
    assert [r for p in parts for r in p.rows] == whole.rows
    assert [e for p in parts for e in p.events] == whole.events
    assert len(rows) == len(whole.rows) + sum(e.action == "dropped" for e in whole.events)
