"""The command: bad input is a two-line error and the right exit code; data on stdout, words on stderr."""

import json
import subprocess
import sys
from pathlib import Path

import apsw
import pytest
from desk import RECIPE, write_workspace


def curate(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "curate", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a version; nothing in this module changes it."""
    folder = write_workspace(tmp_path_factory.mktemp("cli") / "desk").parent
    assert curate("build", folder=folder).returncode == 0
    return folder


def spoiled(folder: Path, kind: str) -> None:
    recipe = folder / "recipe.yaml"
    if kind == "unknown key":
        recipe.write_text(RECIPE.replace("dedup:", "dedupe:"))
    elif kind == "missing file":
        recipe.write_text(RECIPE.replace("tickets.jsonl", "ticket.jsonl"))
    elif kind == "no rows left":
        recipe.write_text(RECIPE.replace("min_words: 1", "min_words: 900"))
    elif kind == "fractions":
        recipe.write_text(RECIPE.replace("test: 0.2", "test: 0.3"))
    elif kind == "corrupt journal":
        (folder / ".siftune").mkdir()
        (folder / ".siftune" / "decisions.db").write_bytes(b"not a database, not at all" * 50)
    elif kind == "no recipe":
        recipe.unlink()
    elif kind == "unreadable rows":
        (folder / "raw" / "tickets.jsonl").write_text("{broken\n")
        (folder / "raw" / "notes.json").write_text("[]")


@pytest.mark.parametrize(
    ("kind", "code", "problem", "mend"),
    [
        ("unknown key", 2, "recipe.yaml:7: dedupe: unknown key", "did you mean 'dedup'?"),
        ("missing file", 3, "raw/ticket.jsonl", "tickets.jsonl"),
        ("no rows left", 1, "no rows left after quality", "too_short"),
        ("fractions", 2, "add up to 1.1, not to 1", ""),
        ("corrupt journal", 3, "decisions database is corrupt", "recover"),
        ("no recipe", 2, "recipe.yaml: no such recipe", "curate init"),
        ("unreadable rows", 3, "1 of 1 rows cannot be used", "--dry-run"),
    ],
)
def test_bad_input_is_two_lines_and_a_code(
    tmp_path: Path, kind: str, code: int, problem: str, mend: str
) -> None:
    folder = write_workspace(tmp_path / "desk").parent
    spoiled(folder, kind)
    done = curate("build", folder=folder)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    first, second = done.stderr.splitlines()[-2:]
    assert first.startswith("error: ")
    assert problem in first
    assert second.startswith("  fix: ")
    assert mend in second
    assert "Traceback" not in done.stderr


def test_a_locked_journal_is_said_in_two_lines(tmp_path: Path) -> None:
    folder = write_workspace(tmp_path / "desk").parent
    (folder / ".siftune").mkdir()
    holder = apsw.Connection(str(folder / ".siftune" / "decisions.db"))
    holder.execute("CREATE TABLE t (x)")
    holder.execute("BEGIN EXCLUSIVE")
    done = curate("build", folder=folder)
    holder.close()
    assert done.returncode == 3
    assert "locked by another process" in done.stderr


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = curate("build", "--debug", folder=tmp_path)
    assert done.returncode == 2
    assert "Traceback" in done.stderr


def test_an_unknown_option_is_usage(tmp_path: Path) -> None:
    done = curate("build", "--chek", folder=tmp_path)
    assert done.returncode == 2
    assert "--check" in done.stderr


def test_json_is_the_manifest_and_words_go_to_stderr(built: Path) -> None:
    done = curate("build", "--json", folder=built)
    manifest = json.loads(done.stdout)
    stages = manifest["stages"]
    dropped = sum(sum(s["dropped"].values()) for s in stages)
    assert manifest["rows_in"] == manifest["rejected"] + dropped + manifest["kept"] - manifest["created"]
    assert all(s["in"] + s["created"] == s["kept"] + sum(s["dropped"].values()) for s in stages)
    assert "holds these inputs already" in done.stderr


def test_why_tells_the_story_of_a_raw_line(built: Path) -> None:
    done = curate("why", "raw/tickets.jsonl:83", folder=built)
    assert done.returncode == 0, done.stderr
    assert "was kept instead, Jaccard 1.000" in done.stdout or "stands for" in done.stdout
    assert "dedup: dropped, exact_duplicate" in done.stdout


def test_why_and_show_as_json_name_the_same_example(built: Path) -> None:
    told = json.loads(curate("why", "raw/notes.json:1", "--json", folder=built).stdout)
    shown = json.loads(curate("show", told["example_id"], "--json", folder=built).stdout)
    assert shown["messages"][0] == {"role": "system", "content": "You answer briefly."}
    assert told["places"] == [{"source": "raw/notes.json", "line": 1}]


def test_why_of_nothing_says_what_to_give(built: Path) -> None:
    done = curate("why", "zzzz", folder=built)
    assert done.returncode == 2
    assert "names no example" in done.stderr


def test_decisions_travel_as_jsonl(tmp_path: Path) -> None:
    other = write_workspace(tmp_path / "desk").parent
    decision = {"seq": 1, "example_id": "x", "annotator": "ada", "verdict": "keep"}
    line = json.dumps({**decision, "decided_at": "2026-01-01T00:00:00+00:00"})
    (tmp_path / "decisions.jsonl").write_text(line)
    done = curate("decisions", "import", str(tmp_path / "decisions.jsonl"), folder=other)
    assert "1 new decisions" in done.stderr
    assert json.loads(curate("decisions", "export", folder=other).stdout)["annotator"] == "ada"


def test_export_writes_one_file(built: Path, tmp_path: Path) -> None:
    out = tmp_path / "train.jsonl"
    done = curate("export", "--format", "openai", "--split", "train", "--out", str(out), folder=built)
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text().splitlines()[0])["messages"][0]["role"] == "system"


def test_init_makes_a_recipe_that_loads(tmp_path: Path) -> None:
    assert curate("init", "new", folder=tmp_path).returncode == 0
    again = curate("init", "new", folder=tmp_path)
    assert again.returncode == 2
    assert "exists already" in again.stderr
    (tmp_path / "new" / "raw" / "a.jsonl").write_text(
        (write_workspace(tmp_path / "d").parent / "raw/tickets.jsonl").read_text()
    )
    done = curate("build", "--check", folder=tmp_path / "new")
    assert done.returncode == 0, done.stderr


def test_versions_and_schema_speak_json(built: Path) -> None:
    assert len(json.loads(curate("versions", "--json", folder=built).stdout)) == 1
    assert "sources" in json.loads(curate("schema", folder=built).stdout)["properties"]
