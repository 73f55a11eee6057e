"""The demo clears its folder before it begins: never one of something else."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from samples.demo import clear, main
from samples.generate import generate


def test_a_folder_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("mine")
    result = CliRunner().invoke(main, [str(tmp_path)])
    assert result.exit_code == 2
    assert "is no demo" in result.output
    assert note.read_text() == "mine"


def test_an_earlier_demo_goes(tmp_path: Path) -> None:
    generate(tmp_path)
    clear(tmp_path)
    assert not tmp_path.exists()


def test_help_makes_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    assert "FOLDER" in result.output
    assert not list(tmp_path.iterdir())
