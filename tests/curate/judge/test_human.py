"""The judge against reviewers, from decisions in the journal to κ, through the command."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from desk import RECIPE, chat
from ruamel.yaml import YAML

import curate
from curate.building.judged import trust
from curate.judge.grades import Grades, NoVerdict
from curate.judge.human import Decided, agreement
from curate.version import DatasetVersion
from schemas.errors import UsageError
from schemas.example import Example, Message
from schemas.recipe import Judge

GOOD, MIDDLING, BAD = "It is warm.", "It is warm, or so. [clarity=2]", "Dunno. [all=1]"


@pytest.fixture
def recipe(tmp_path: Path, endpoint: Any) -> Path:
    """Ten good rows, six middling ones and eight bad ones by the judge."""
    path = tmp_path / "recipe.yaml"
    (tmp_path / "raw").mkdir()
    said = [GOOD] * 10 + [MIDDLING] * 6 + [BAD] * 8
    lines = [
        chat(f"Is hat number {n} of our {'abcdefgh'[n % 8] * 5} line warm?", a) for n, a in enumerate(said)
    ]
    (tmp_path / "raw/tickets.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    yaml = YAML(typ="safe")
    sections = yaml.load(RECIPE) | {"judge": endpoint.section(), "sources": [{"path": "raw/tickets.jsonl"}]}
    for name in ("toxicity", "pii", "dedup"):
        del sections[name]
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(sections, file)
    return path


def build(recipe: Path) -> DatasetVersion:
    return curate.build(recipe, say=lambda _: None, jobs=1)


def decide(recipe: Path, example: Example, verdict: Any, annotator: str = "ada") -> None:
    messages = [Message("user", "Is it warm?"), Message("assistant", "Yes.")] if verdict == "edit" else None
    curate.decide(example.example_id, verdict, annotator=annotator, messages=messages, recipe=recipe)


def decide_all(recipe: Path) -> dict[str, list[Example]]:
    """Of the good ones 8 are kept, 1 edited and 1 dropped; of the middling ones 2, 3 and 1; of the bad ones
    1, 2 and 5."""
    by_answer: dict[str, list[Example]] = {}
    for row in build(recipe).examples():
        by_answer.setdefault(row.answer, []).append(row)
    verdicts = {
        GOOD: ["keep"] * 8 + ["edit", "drop"],
        MIDDLING: ["keep"] * 2 + ["edit"] * 3 + ["drop"],
        BAD: ["keep"] + ["edit"] * 2 + ["drop"] * 5,
    }
    for answer, rows in by_answer.items():
        for row, verdict in zip(rows, verdicts[answer], strict=True):
            decide(recipe, row, verdict)
    return by_answer


def run(recipe: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "curate", "judge", *arguments]
    return subprocess.run(command, cwd=recipe.parent, capture_output=True, text=True, check=False)


def test_tables_and_kappa_are_those_of_the_decisions(recipe: Path, endpoint: Any) -> None:
    decide_all(recipe)
    asked = endpoint.requests
    found = trust(recipe, lambda _: None)
    assert endpoint.requests == asked, "the build asked about all of them already"
    assert found.compared == 24
    assert found.steps == [[5, 1, 1], [2, 3, 1], [1, 2, 8]]
    assert found.passes == [[7, 6], [1, 10]]
    metrics = pytest.importorskip("sklearn.metrics")
    people = [i for i, row in enumerate(found.steps) for _ in range(sum(row))]
    judge = [j for row in found.steps for j, n in enumerate(row) for _ in range(n)]
    for kappa, weights in ((found.linear, "linear"), (found.quadratic, "quadratic")):
        assert kappa.value == pytest.approx(metrics.cohen_kappa_score(people, judge, weights=weights))
    people, judge = [0] * 13 + [1] * 11, [0] * 7 + [1] * 6 + [0] + [1] * 10
    assert found.plain.value == pytest.approx(metrics.cohen_kappa_score(people, judge))
    assert (found.plain.low or 1) < (found.plain.value or 0) < (found.plain.high or 0)


def test_the_text_that_was_seen_is_judged_also_when_it_is_gone_from_the_data(
    recipe: Path, endpoint: Any
) -> None:
    decide_all(recipe)
    second = build(recipe)
    assert len(second.examples()) == 24 - 7
    asked = endpoint.requests
    found = trust(recipe, lambda _: None)
    assert endpoint.requests == asked
    assert found.compared == 24
    assert found.passes == [[7, 6], [1, 10]]


def test_disputed_examples_and_lost_texts_are_counted_and_left_out(recipe: Path) -> None:
    rows = decide_all(recipe)
    first = next((recipe.parent / ".siftune/datasets").glob("[!.]*"))
    decide(recipe, rows[GOOD][0], "drop", annotator="bob")
    second = build(recipe)
    kept = next(e for e in second.examples() if e.answer == GOOD and "reviewed" in e.flags)
    decide(recipe, kept, "keep")
    for file in first.rglob("*.parquet"):
        file.unlink()
    found = trust(recipe, lambda _: None)
    assert (found.compared, found.disputed, found.gone) == (1, 1, 22)
    assert found.plain.value is None


def test_without_decisions_there_is_nothing_to_say(recipe: Path) -> None:
    build(recipe)
    with pytest.raises(UsageError, match="no reviewer has decided"):
        trust(recipe, lambda _: None)


def test_the_command_says_it_for_people_and_for_scripts(recipe: Path) -> None:
    decide_all(recipe)
    told = run(recipe, "--agreement")
    assert told.returncode == 0, told.stderr
    assert "24 decided examples compared" in told.stdout
    assert "kappa, quadratic weights" in told.stdout
    plain = json.loads(run(recipe, "--agreement", "--json").stdout)
    assert plain["passes"] == [[7, 6], [1, 10]]
    assert plain["plain"]["n"] == 24
    assert set(plain["by_threshold"]) == {"2", "2.5", "3", "3.5", "4"}


def test_scores_of_a_version_come_from_answers_at_hand(recipe: Path, endpoint: Any) -> None:
    build(recipe)
    asked = endpoint.requests
    told = run(recipe)
    assert "24 of 24 rows have a verdict, 8 a low one" in told.stdout
    found = json.loads(run(recipe, "--json").stdout)
    assert found["criteria"]["clarity"]["counts"] == [8, 6, 0, 10, 0]
    assert {row["verdict"] for row in found["rows"]} == {"low", "passes"}
    assert endpoint.requests == asked


def test_the_cost_before_anything_is_asked(recipe: Path, endpoint: Any) -> None:
    before = json.loads(run(recipe, "--dry-run", "--json").stdout)
    assert (before["rows"], before["cached"], before["requests"]) == (24, 0, 24)
    assert endpoint.requests == 0
    build(recipe)
    assert endpoint.requests == 24
    assert float(endpoint.bill_usd) <= float(before["worst_usd"])
    after = json.loads(run(recipe, "--dry-run", "--json").stdout)
    assert (after["cached"], after["requests"], after["usd"]) == (24, 0, "0.0")


def test_the_shipped_rubric_can_be_printed_without_a_recipe(tmp_path: Path) -> None:
    told = run(tmp_path / "recipe.yaml", "--rubric")
    assert told.stdout.count("\n## ") == 4


def test_a_recipe_without_a_judge_is_told_how(recipe: Path) -> None:
    yaml = YAML(typ="safe")
    sections = yaml.load(recipe)
    del sections["judge"]
    with recipe.open("w", encoding="utf-8") as file:
        yaml.dump(sections, file)
    told = run(recipe, "--agreement")
    assert told.returncode == 2
    assert "has no `judge`" in told.stderr


@pytest.mark.parametrize("threshold", [2.0, 3.0, 4.5])
def test_rows_without_a_verdict_are_no_disagreement(threshold: float) -> None:
    row = Example("a", (), "raw/a.jsonl", 1)
    scores = {"clarity": 4}
    decided = Decided([row] * 3, ["keep", "drop", "keep"], 0, 0)
    said: list[Grades | NoVerdict] = [Grades(scores, {}), NoVerdict("schema", ""), Grades({"clarity": 1}, {})]
    found = agreement(decided, said, Judge(threshold=threshold), "m", "r")
    assert (found.compared, found.unanswered) == (2, 1)
    assert sum(map(sum, found.passes)) == sum(map(sum, found.steps)) == 2
