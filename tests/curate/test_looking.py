"""The commands that look, over a real build with a benchmark: lists name file and line, and every error is a
mend."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from desk import RECIPE, chat, write_workspace

QUESTION = "Which of the seven northern lakes in the old county has the deepest water of them all in spring?"


def curate(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "curate", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_workspace(tmp_path_factory.mktemp("looking") / "desk").parent
    (folder / "recipe.yaml").write_text(RECIPE + "decontaminate: {benchmarks: [lakes.jsonl]}\n")
    lines = [{"question": "An easy question of six words?"}, {"id": 7, "question": QUESTION}]
    (folder / "lakes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    with (folder / "raw/tickets.jsonl").open("a", encoding="utf-8") as file:
        file.write(chat(f"Please help me with this. {QUESTION}", "The third one.") + "\n")
        file.write(
            chat("Is the Plover hat warm in winter nights?", "Its limit is 14 degrees, I think.") + "\n"
        )
        file.write(
            chat("Is the Plover hat warm in winter nights?", "Its limit is 2 degrees, I think.") + "\n"
        )
    assert curate("build", folder=folder).returncode == 0
    return folder


def test_dropped_lists_the_benchmark_line_and_the_raw_line(built: Path) -> None:
    done = curate("dropped", "--stage", "decontaminate", "--json", folder=built)
    (entry,) = json.loads(done.stdout)
    assert (entry["source"], entry["line"]) == ("raw/tickets.jsonl", 84)
    assert (entry["detail"]["benchmark"], entry["detail"]["benchmark_line"]) == ("lakes.jsonl", 2)
    assert "lakes" not in done.stdout.replace("lakes.jsonl", "")
    shown = curate("dropped", "--stage", "decontaminate", folder=built).stdout
    assert "raw/tickets.jsonl:84" in shown
    assert "lakes.jsonl:2" in shown


def test_dropped_limits_what_it_prints_and_says_so(built: Path) -> None:
    shown = curate("dropped", "--limit", "1", folder=built).stdout.splitlines()
    assert len(shown) == 2
    assert "1 more: --limit 2 shows them" in shown[1]
    assert len(json.loads(curate("dropped", "--json", folder=built).stdout)) == 2


def test_flagged_and_why_show_both_sides_of_a_contradiction(built: Path) -> None:
    (pair,) = json.loads(curate("flagged", "--reason", "contradiction", "--json", folder=built).stdout)
    assert {(pair["source"], pair["line"]), (pair["matched_source"], pair["matched_line"])} == {
        ("raw/tickets.jsonl", 85),
        ("raw/tickets.jsonl", 86),
    }
    story = curate("why", "raw/tickets.jsonl:86", folder=built).stdout
    assert "contradiction" in story
    assert "raw/tickets.jsonl:85" in story


@pytest.mark.parametrize(
    ("arguments", "problem", "mend"),
    [
        (("dropped", "--stage", "dedupe"), "no stage 'dedupe'", "did you mean 'dedup'?"),
        (("dropped", "--reason", "near"), "no reason 'near'", "exact_duplicate"),
        (("flagged", "--reason", "contradict"), "no reason 'contradict'", "contradiction"),
        (("dropped", "zzz"), "'zzz' names no versions", "use one of"),
    ],
)
def test_a_wrong_name_is_two_lines(built: Path, arguments: tuple[str, ...], problem: str, mend: str) -> None:
    done = curate(*arguments, folder=built)
    assert done.returncode == 2 or (done.returncode == 3 and "version" in done.stderr)
    first, second = done.stderr.splitlines()
    assert problem in first
    assert mend in second
