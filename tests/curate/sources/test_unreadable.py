"""Files that cannot be read: a build and `curate import` say all of them at once."""

from pathlib import Path

import pytest

from curate.building.build import build
from curate.importing.adding import add_sources
from schemas.errors import SourceError

RECIPE = "name: x\nsystem_prompt: null\nsources:\n  - path: good.jsonl\n"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "raw").mkdir()
    (tmp_path / "good.jsonl").write_text('{"prompt": "q", "completion": "a"}\n')
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / "raw" / name).write_text("headline,body\nx,y\n")
    (tmp_path / "raw" / "d.tsv").write_text("english\tde\nx\ty\n")
    (tmp_path / "raw" / "half.parquet").write_bytes(b"PAR1 and then nothing")
    return tmp_path


def said(error: SourceError) -> list[str]:
    return [line.strip() for line in error.problem.splitlines()]


def test_a_build_says_all_files_that_cannot_be_read_alike_ones_together(desk: Path) -> None:
    (desk / "recipe.yaml").write_text(f"{RECIPE}  - path: raw\n")
    with pytest.raises(SourceError) as error:
        build(desk / "recipe.yaml", say=lambda _: None)
    lines = said(error.value)
    assert lines[0] == "raw/a.csv and 2 files more: no conversation in its columns headline, body"
    assert lines[1] == "raw/d.tsv: no conversation in its columns english, de"
    assert lines[2].startswith("raw/half.parquet: damaged or no such format")
    assert len(lines) == 3
    assert "`format: columns`" in error.value.mend
    assert error.value.mend.endswith("`curate import --dry-run` shows each of them")


def test_so_does_adding_a_folder(desk: Path) -> None:
    with pytest.raises(SourceError) as error:
        list(add_sources(desk / "recipe.yaml", [{"path": str(desk / "raw")}]))
    assert len(said(error.value)) == 3
    assert (desk / "recipe.yaml").read_text() == RECIPE


def test_one_file_alone_is_said_as_it_is(desk: Path) -> None:
    (desk / "recipe.yaml").write_text(f"{RECIPE}  - path: raw/d.tsv\n")
    with pytest.raises(SourceError) as error:
        build(desk / "recipe.yaml", say=lambda _: None)
    assert said(error.value) == ["raw/d.tsv: no conversation in its columns english, de"]
    assert "dry-run" not in error.value.mend


def test_of_many_different_problems_eight_are_said_and_the_other_files_counted(desk: Path) -> None:
    (desk / "recipe.yaml").write_text(f"{RECIPE}  - path: many\n")
    (desk / "many").mkdir()
    for number in range(12):
        (desk / "many" / f"{number:02}.csv").write_text(f"english,language {number}\nx,y\n")
    with pytest.raises(SourceError) as error:
        build(desk / "recipe.yaml", say=lambda _: None)
    assert said(error.value)[7:] == [
        "many/07.csv: no conversation in its columns english, language 7",
        "and 4 files more",
    ]
