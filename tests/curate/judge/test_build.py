"""A recipe with a judge, from raw files to a version: who is asked, what it costs, what lasts."""

from pathlib import Path
from typing import Any

import pytest
from desk import EMAIL, RECIPE, chat, write_workspace
from grader import conversation, grades
from parrot import good_content
from ruamel.yaml import YAML

import curate
from curate.history.why import describe
from curate.version import DatasetVersion
from schemas.errors import GateError, RecipeError


@pytest.fixture
def recipe(tmp_path: Path, endpoint: Any) -> Path:
    """A workspace with two rows that the judge finds wanting, one of them in one criterion."""
    path = write_workspace(tmp_path / "desk")
    with (path.parent / "raw/tickets.jsonl").open("a", encoding="utf-8") as file:
        file.write(chat("Is the Plover hat warm?", "Dunno, look it up yourself. [all=1]") + "\n")
        file.write(chat("Is the Plover hat blue?", "It is green, and so it is blue. [correctness=1]") + "\n")
    write(path, endpoint)
    return path


def write(path: Path, endpoint: Any, **judge: Any) -> None:
    yaml = YAML(typ="safe")
    section = yaml.load(RECIPE) | {"judge": endpoint.section() | judge}
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(section, file)


def build(recipe: Path, **options: Any) -> DatasetVersion:
    return curate.build(recipe, say=lambda _: None, jobs=1, **options)


def flagged(version: DatasetVersion) -> dict[str, tuple[str, ...]]:
    """The flags of the judge, by question."""
    return {
        e.prompt: found for e in version.examples() if (found := tuple(f for f in e.flags if "judge" in f))
    }


def test_every_row_that_gets_there_is_judged_and_low_ones_are_flagged(recipe: Path, endpoint: Any) -> None:
    version = build(recipe)
    assert flagged(version) == {"Is the Plover hat warm?": ("judge:overall",)}
    count = next(s for s in version.manifest.stages if s.name == "judge")
    assert (count.rows_in, count.flagged) == (endpoint.requests, 1)
    assert version.manifest.complete
    assert version.manifest.closes


def test_the_endpoint_sees_no_value_that_pii_removed(recipe: Path, endpoint: Any) -> None:
    build(recipe)
    asked = [str(conversation(body)) for body in endpoint.bodies]
    assert any("<EMAIL_ADDRESS_1>" in text for text in asked)
    assert not any(EMAIL in text for text in asked)


def test_only_new_rows_are_asked_about(recipe: Path, endpoint: Any) -> None:
    first = build(recipe)
    asked = endpoint.requests
    with (recipe.parent / "raw/tickets.jsonl").open("a", encoding="utf-8") as file:
        file.write(chat("Is the Plover hat soft?", "It is made of wool, and soft.") + "\n")
    second = build(recipe)
    assert second.version != first.version
    assert endpoint.requests == asked + 1
    write(recipe, endpoint, threshold=2, action="drop", concurrency=2)
    third = build(recipe)
    assert endpoint.requests == asked + 1
    assert next(s for s in third.manifest.stages if s.name == "judge").dropped == {"judge:overall": 1}


def test_the_story_of_a_row_tells_the_judges_reasons(recipe: Path) -> None:
    event = next(e for e in build(recipe).events() if e.reason == "judge:overall")
    told = describe(event)
    assert "(score 1.000, threshold 3)" in told
    assert "correctness 1: correctness as seen; helpfulness 1:" in told
    assert "rubric default-" in told
    assert "scores" not in told


def test_another_rubric_asks_again_and_is_another_version(recipe: Path, endpoint: Any) -> None:
    rubric = recipe.parent / "house.md"
    rubric.write_text("## correctness\n\n5: right\n\n1: wrong\n", encoding="utf-8")
    write(recipe, endpoint, rubric="house.md")
    first = build(recipe)
    asked = endpoint.requests
    assert flagged(first) == {
        "Is the Plover hat warm?": ("judge:overall",),
        "Is the Plover hat blue?": ("judge:overall",),
    }
    event = next(e for e in first.events() if e.reason == "judge:overall")
    assert event.detail["rubric"].startswith("house-")
    rubric.write_text("## correctness\n\n5: all right\n\n1: wrong\n", encoding="utf-8")
    second = build(recipe)
    assert endpoint.requests == 2 * asked
    assert second.version != first.version


def test_a_decision_comes_before_the_judge(recipe: Path, endpoint: Any) -> None:
    write(recipe, endpoint, action="drop")
    dropped = next(e for e in build(recipe).events() if e.reason == "judge:overall")
    curate.decide(dropped.example_id, "keep", annotator="ada", recipe=recipe)
    version = build(recipe)
    assert flagged(version) == {"Is the Plover hat warm?": ("judge:overall",)}
    assert "kept_by_review" in {e.action for e in version.events() if e.stage == "judge"}


def test_without_money_the_version_is_unfinished_and_says_so(recipe: Path, endpoint: Any) -> None:
    write(recipe, endpoint, max_usd=0)
    with pytest.raises(GateError, match="an LLM has not answered everything"):
        build(recipe, check=True)
    assert endpoint.requests == 0
    write(recipe, endpoint)
    version = build(recipe, check=True)
    assert version.manifest.complete
    assert flagged(version) == {"Is the Plover hat warm?": ("judge:overall",)}


def test_the_cap_holds_to_the_cent(recipe: Path, endpoint: Any) -> None:
    write(recipe, endpoint, max_usd=0.05)
    version = build(recipe)
    assert 0 < endpoint.bill_usd <= 0.05
    assert not version.manifest.complete
    assert len([e for e in version.events() if e.reason == "judge:unanswered"]) > 0


def test_children_pass_the_judge_too(recipe: Path, endpoint: Any) -> None:
    asked_for_children: list[int] = []

    def mood(n: int, body: dict[str, Any]) -> str:
        if "clarity" not in body["response_format"]["json_schema"]["schema"]["properties"]:
            asked_for_children.append(n)
            return good_content(body)
        return grades(question=1, correctness=1, clarity=1) if asked_for_children else "good"

    endpoint.mood = mood
    yaml = YAML(typ="safe")
    section = yaml.load(recipe) | {"augment": endpoint.section() | {"strategies": {"paraphrase": 1}}}
    section["judge"]["action"] = "drop"
    with recipe.open("w", encoding="utf-8") as file:
        yaml.dump(section, file)
    version = build(recipe)
    assert version.manifest.created > 0
    gone = version.ledger().query("stage == 'augment' and action == 'dropped'")
    assert set(gone.reason) <= {"judge:overall", "toxicity:profanity", "near_duplicate"}
    assert (gone.reason == "judge:overall").sum() > len(asked_for_children) // 2
    assert not [e for e in version.examples() if e.parent_id]


def test_a_threshold_for_a_criterion_that_is_not_there(recipe: Path, endpoint: Any) -> None:
    write(recipe, endpoint, criteria={"truth": 2})
    with pytest.raises(RecipeError, match="no criterion 'truth'"):
        build(recipe)
