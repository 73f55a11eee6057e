"""What reviewers decide of children, and what the next build does: all of it, from recipe to version."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from desk import RECIPE, THINGS, chat, write_workspace

import curate
from curate.version import DatasetVersion
from schemas.errors import GateError
from schemas.example import Example, Message
from schemas.ledger import Event


@pytest.fixture
def recipe(tmp_path: Path, endpoint: Any) -> Path:
    """A workspace whose train rows get two paraphrases each."""
    path = write_workspace(tmp_path / "desk")
    augment = (
        "augment: {model: parrot-1, strategies: {paraphrase: 2}, usd_per_million_input: 3, "
        f"usd_per_million_output: 15, base_url: '{endpoint.url}'}}\n"
    )
    path.write_text(RECIPE + augment, encoding="utf-8")
    return path


def build(recipe: Path, **options: Any) -> DatasetVersion:
    return curate.build(recipe, say=lambda _: None, jobs=1, **options)


def children(version: DatasetVersion) -> list[Example]:
    return sorted((e for e in version.examples() if e.parent_id), key=lambda e: e.example_id)


def decide(recipe: Path, example: Example, verdict: Any, **more: Any) -> None:
    curate.decide(example.example_id, verdict, annotator="ada", recipe=recipe, **more)


def events(version: DatasetVersion, example: Example) -> list[Event]:
    return list(version.why(example.example_id).events)


def forbid(recipe: Path, child: Example) -> None:
    """From now on a check of the user's own drops what says what only this child and its siblings say."""
    word = next(w for w in child.prompt.split() if w[::-1] in THINGS)
    recipe.with_name("own.py").write_text(
        f"def strange(example):\n    return 'strange' if {word!r} in example.prompt else None\n"
    )
    text = recipe.read_text().replace("max_tokens: 400", "max_tokens: 400, checks: [own.strange]")
    recipe.write_text(text, encoding="utf-8")


def test_a_rejected_child_goes_and_does_not_come_back(recipe: Path, endpoint: Any) -> None:
    first = build(recipe)
    bad = children(first)[0]
    decide(recipe, bad, "drop", reason="another meaning")
    asked = endpoint.requests
    second = build(recipe)
    assert endpoint.requests == asked
    assert bad.example_id not in {e.example_id for e in second.examples()}
    assert len(children(second)) == len(children(first)) - 1
    created, dropped = events(second, bad)
    assert (created.action, created.matched_id) == ("created", bad.parent_id)
    assert (dropped.action, dropped.reason, dropped.actor) == ("dropped", "edits:review", "ada")
    assert second.manifest.decisions_applied == 1


def test_why_says_the_reviewers_reason(recipe: Path) -> None:
    bad = children(build(recipe))[0]
    decide(recipe, bad, "drop", reason="another meaning")
    build(recipe)
    command = [sys.executable, "-m", "curate", "why", bad.example_id]
    said = subprocess.run(command, cwd=recipe.parent, capture_output=True, text=True, check=True).stdout
    assert "augment: dropped, edits:review" in said
    assert "drop: another meaning" in said


def test_an_accepted_child_is_never_dropped(recipe: Path) -> None:
    good = next(c for c in children(build(recipe)) if any(w[::-1] in THINGS for w in c.prompt.split()))
    decide(recipe, good, "keep")
    forbid(recipe, good)
    version = build(recipe)
    kept = {e.example_id: e for e in version.examples()}
    assert kept[good.example_id].parent_id == good.parent_id
    assert {"reviewed", "check:strange"} <= set(kept[good.example_id].flags)
    assert ("kept_by_review", "quality:check:strange") in [
        (e.action, e.reason) for e in events(version, good)
    ]
    assert (version.ledger().query("action == 'dropped'").reason == "quality:check:strange").any()


def test_an_edited_child_stays_a_child_of_its_parent(recipe: Path, endpoint: Any) -> None:
    child = children(build(recipe))[0]
    answer = child.messages[-1]
    decide(recipe, child, "edit", messages=[Message("user", "And how long does it take?"), answer])
    asked = endpoint.requests
    version = build(recipe, check=True)
    edited = next(e for e in version.examples() if e.example_id == child.example_id)
    assert edited.messages[1:] == (Message("user", "And how long does it take?"), answer)
    assert (edited.parent_id, edited.group_id, edited.split) == (child.parent_id, child.group_id, "train")
    assert (edited.origin, edited.metadata) == ("edited", child.metadata)
    assert endpoint.requests == asked
    assert version.manifest.leaks.cross_split_groups == 0


def test_an_edited_child_does_not_stand_in_for_a_row_that_was_removed(recipe: Path) -> None:
    child = children(build(recipe))[0]
    messages = [Message("user", "And how long does it take?"), child.messages[-1]]
    decide(recipe, child, "edit", messages=messages)
    recipe.write_text(recipe.read_text() + "checks: {max_removed: 0.0}\n", encoding="utf-8")
    with pytest.raises(GateError, match=r"1\.2% of all rows were removed"):
        build(recipe, check=True)


def test_the_report_counts_decisions_by_strategy(recipe: Path) -> None:
    first = build(recipe)
    made = children(first)
    decide(recipe, made[0], "keep")
    decide(recipe, made[1], "drop")
    version = build(recipe)
    page = (version.path / "report.html").read_text(encoding="utf-8")
    (row,) = re.findall(r'<th scope="row">paraphrase</th>(.*?)</tr>', page)
    numbers = [int(n.replace(",", "")) for n in re.findall(r'class="n">([\d,]+)<', row)]
    refused, created, dropped, accepted, edited, rejected, disputed, waiting = numbers
    assert created == version.manifest.created
    assert (accepted, edited, rejected, disputed) == (1, 0, 1, 0)
    assert created == dropped + 2 + waiting
    assert refused + created == 2 * len([e for e in first.examples("train") if e.parent_id is None])
    assert "50.0%" in row
    assert "Augmentation" not in (_without_augment(recipe).path / "report.html").read_text(encoding="utf-8")


def _without_augment(recipe: Path) -> DatasetVersion:
    recipe.write_text(RECIPE, encoding="utf-8")
    return build(recipe)


def test_an_accepted_child_that_a_test_row_comes_to_repeat_stays_and_fails_the_check(recipe: Path) -> None:
    """No filter drops what a reviewer kept, and no leak goes unsaid."""
    good = children(build(recipe))[0]
    decide(recipe, good, "keep")
    raw = recipe.parent / "raw/tickets.jsonl"
    rows = raw.read_text(encoding="utf-8")
    flags: tuple[str, ...] = ()
    for number in range(20):  # one of them goes to test by its hash
        line = chat(f"{number} {good.prompt}", good.messages[-1].content)
        raw.write_text(f"{rows}{line}\n", encoding="utf-8")
        flags = next(e.flags for e in build(recipe).examples() if e.example_id == good.example_id)
        if "leak:test" in flags:
            break
    assert "leak:test" in flags
    with pytest.raises(GateError, match=f"a reviewer kept {good.example_id}, too near"):
        build(recipe, check=True)


def test_stats_say_what_reviewers_say_now(recipe: Path) -> None:
    made = children(build(recipe))
    decide(recipe, made[0], "keep")
    decide(recipe, made[1], "drop")
    command = [sys.executable, "-m", "curate", "augment", "--stats"]
    (found,) = json.loads(subprocess.run([*command, "--json"], cwd=recipe.parent, capture_output=True).stdout)
    assert (found["strategy"], found["accepted"], found["rejected"]) == ("paraphrase", 1, 1)
    assert found["created"] == 2 + found["waiting"] + sum(found["dropped"].values())
    assert found["rate"] == 0.5
    told = subprocess.run(command, cwd=recipe.parent, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert "50.0%" in told.stdout
