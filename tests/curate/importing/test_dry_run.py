"""The dry run: what each file is and would become, through the command itself; nothing is written."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from curate.importing.dry_run import dry_run
from curate.importing.text import cut, text
from schemas.recipe import Recipe

TURNS = [{"role": "user", "content": "Where\nis it?"}, {"role": "assistant", "content": "On its way. " * 40}]
ROWS: list[Any] = [
    {"messages": TURNS, "customer": "C1", "tags": ["mail"]},
    {"instruction": "Sum up.", "input": "A text.", "output": "Short.", "system": "Be kind."},
    {"prompt": "\x1b[2J\u202e", "completion": "a"},
    {"prompt": "never answered"},
    "no object",
]


def curate(*arguments: str, folder: Path, width: int = 80) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "curate", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"COLUMNS": str(width), "PYTHONPATH": str(Path(__file__).parents[3]), "LC_ALL": "C.UTF-8"},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "raw").mkdir()
    lines = [*map(json.dumps, ROWS), *["{broken"] * 7]
    (tmp_path / "raw" / "a.jsonl").write_text("\n".join(lines))
    (tmp_path / "raw" / "b.csv").write_text("id,body,reply\n1,q,a\n")
    (tmp_path / "raw" / "notes.pdf").write_text("x")
    return tmp_path


def test_a_folder_without_a_recipe_is_shown_file_by_file(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    done = curate("import", "--dry-run", "raw", folder=folder)
    assert done.returncode == 3  # one of the files cannot be read
    lines = done.stdout.splitlines()
    assert lines[0].startswith("raw/a.jsonl: 12 rows, ")
    assert lines[0].endswith(", mixed, 9 rejected")
    assert "  messages: messages → messages · customer → metadata · tags → tags" in lines
    alpaca = lines.index("  alpaca: instruction → user · input → user · output → assistant")
    assert lines[alpaca + 1] == "    system → system"
    assert "    user      Where⏎is it?" in lines
    assert "    user      ␛[2J⟨U+202E⟩" in lines
    assert "  rejected 7: broken JSON, lines 6, 7, 8, 9, 10, …" in lines
    assert "  rejected 1: no assistant answer, line 4" in lines
    assert "raw/b.csv: cannot be read" in lines
    assert all(cell_len(line) <= 80 for line in lines if "fix:" not in line)
    assert done.stderr.splitlines() == [
        "raw/notes.pdf: passed over, no format that is read",
        "2 files: 12 rows, 9 rejected; 1 of the files cannot be read",
    ]
    assert sorted(folder.rglob("*")) == before


def test_columns_named_on_the_line_and_json_for_scripts(folder: Path) -> None:
    arguments = ["--column", "prompt=body", "--column", "completion=reply", "--tag", "mail", "--json"]
    done = curate("import", "--dry-run", "raw/b.csv", *arguments, folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    [shown] = json.loads(done.stdout)
    assert shown["mappings"] == {"columns": {"id": "metadata", "body": "user", "reply": "assistant"}}
    assert [m["content"] for m in shown["examples"][0]["messages"]] == ["q", "a"]
    assert (shown["rows"], shown["rejected"], shown["rejects"]) == (1, 0, {})
    assert shown["examples"][0]["tags"] == ["mail"]


def test_without_a_source_the_recipes_own_are_shown(folder: Path) -> None:
    (folder / "recipe.yaml").write_text(
        "name: x\nsystem_prompt: null\nsources:\n  - path: raw/*.jsonl\n    priority: 2\n"
        "split: {group_by: [customer]}\n"
    )
    done = curate("import", "--dry-run", "--json", folder=folder)
    assert done.returncode == 0
    [shown] = json.loads(done.stdout)
    assert shown["path"] == "raw/a.jsonl"
    assert shown["mappings"]["messages"] == {"messages": "messages", "customer": "group", "tags": "tags"}
    assert {reason: r["count"] for reason, r in shown["rejects"].items()} == {
        "no assistant answer": 1,
        "not an object": 1,
        "broken JSON": 7,
    }
    assert shown["rejects"]["broken JSON"]["lines"] == [6, 7, 8, 9, 10]
    assert shown["rejects"]["broken JSON"]["raw"] == "{broken"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--dry-run"], "recipe.yaml: no such recipe"),
        (["--dry-run", "nowhere"], "source 1: nowhere: no such file"),
        (["--dry-run", "raw", "--column", "prompt"], "--column 'prompt' is not PART=NAME"),
        (["--dry-run", "raw", "--format", "columns"], "format: columns needs"),
        (["--dry-run", "raw", "--column", "answer=reply"], "columns.prompt: Field required"),
        ([], "no source is given"),
    ],
)
def test_what_cannot_be_shown_is_an_error_of_two_lines(
    folder: Path, arguments: list[str], problem: str
) -> None:
    done = curate("import", *arguments, folder=folder)
    assert done.returncode in (2, 3)
    assert done.stdout == ""
    error = [line for line in done.stderr.splitlines() if "passed over" not in line]
    assert len(error) == 2
    assert problem in error[0]


def test_a_dataset_with_splits_is_a_preview_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    (tmp_path / "mine").mkdir()
    for split in ("train", "test"):
        (tmp_path / "mine" / f"{split}.jsonl").write_text('{"question":"q","answer":"a"}\n')
    recipe = Recipe.model_validate({"system_prompt": None, "sources": [{"path": "hf:mine"}]})
    shown = list(dry_run(recipe, tmp_path, lambda _: None))
    assert [p.path for p in shown] == ["hf:mine:train", "hf:mine:test"]
    assert all(
        p.mappings == {"prompt_completion": {"question": "user", "answer": "assistant"}} for p in shown
    )
    assert text(shown[0], 80).splitlines()[0].endswith("hf:mine:train: 1 row, prompt and completion\x1b[0m")


@pytest.mark.parametrize("line", ["x" * 100, "漢字" * 50, "\x1b" * 100, "é́" * 60, "short", "\u200b" * 30])
@pytest.mark.parametrize("width", [10, 41, 80])
def test_a_line_is_never_wider_than_the_terminal(line: str, width: int) -> None:
    assert cell_len(cut(line, width)) <= width
    assert "\x1b" not in cut(line, width)


def test_the_encoding_and_the_roles_that_would_mend_it_are_shown(tmp_path: Path) -> None:
    text = "Wo ist mein Gürtel? Ich möchte ihn in anderer Größe."
    (tmp_path / "a.csv").write_bytes(f"prompt;completion\n{text};Hier.\n".encode("cp1252"))
    turns = [{"role": "kunde", "content": "q"}, {"role": "agent", "content": "a"}]
    (tmp_path / "b.jsonl").write_text(json.dumps({"messages": turns}) + "\n")
    done = curate("import", "--dry-run", "a.csv", "b.jsonl", folder=tmp_path)
    assert done.returncode == 0
    assert "it reads as cp1252 (Gürtel, möchte, Größe): put `encoding: cp1252`" in done.stdout
    assert "`roles: {agent: …, kunde: …}`" in done.stdout
    done = curate("import", "--dry-run", "--encoding", "cp1252", "a.csv", folder=tmp_path)
    assert done.stdout.splitlines()[0] == "a.csv: 1 row, prompt and completion"
    named = ["--role", "kunde=user", "--role", "agent=assistant", "--json"]
    done = curate("import", "--dry-run", *named, "b.jsonl", folder=tmp_path)
    assert json.loads(done.stdout)[0]["rejected"] == 0


def test_of_files_alike_three_are_shown_whole_and_all_are_named(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    for number in range(20):
        (tmp_path / "raw" / f"{number:02}.txt").write_text(f"just prose {number}")
        (tmp_path / "raw" / f"{number:02}.csv").write_text("body,reply\nq,a\n")
        (tmp_path / "raw" / f"{number:02}.jsonl").write_text('{"prompt": "q", "completion": "a"}\n')
    (tmp_path / "raw" / "19.jsonl").write_text('{"prompt": "q", "completion": "a", "customer": "C1"}\n')
    done = curate("import", "--dry-run", "raw", folder=tmp_path)
    lines = done.stdout.splitlines()
    titles = [line for line in lines if line.startswith("raw/")]
    assert len(titles) == 60
    assert sum("fix:" in line for line in lines) == 6
    assert "raw/03.csv: cannot be read, like raw/00.csv" in lines
    text_title = "raw/03.txt: 1 row, unknown format, 1 rejected"
    assert f"{text_title}, like raw/00.txt" in lines
    assert "raw/18.jsonl: 1 row, prompt and completion, like raw/00.jsonl" in lines
    assert "raw/19.jsonl: 1 row, prompt and completion" in lines  # it has a field that the others have not
    assert done.stderr.splitlines() == ["60 files: 40 rows, 20 rejected; 20 of the files cannot be read"]
    as_json = json.loads(curate("import", "--dry-run", "raw", "--json", folder=tmp_path).stdout)
    assert len(as_json) == 60
    assert all(each["mend"] for each in as_json if each["problem"])
