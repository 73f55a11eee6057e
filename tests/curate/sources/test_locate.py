"""Which files a source names, in which order, and what is said when there are none."""

from collections.abc import Callable
from pathlib import Path

import pytest

from curate.sources import Imported
from schemas.errors import SourceError

Importer = Callable[..., Imported]

ROW = '{"prompt":"q","completion":"a"}\n'


@pytest.fixture
def files(tmp_path: Path) -> None:
    for name in (
        "raw/b.jsonl",
        "raw/a.jsonl",
        "raw/deep/c.jsonl",
        "raw/notes.pdf",
        "raw/.hidden.jsonl",
        "other.jsonl",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ROW)


def sources(imported: Imported) -> list[str]:
    return [s.path for s in imported.sources]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("raw/*.jsonl", ["raw/a.jsonl", "raw/b.jsonl"]),
        ("raw/**/*.jsonl", ["raw/a.jsonl", "raw/b.jsonl", "raw/deep/c.jsonl"]),
        ("raw", ["raw/a.jsonl", "raw/b.jsonl", "raw/deep/c.jsonl"]),
        ("raw/[b].jsonl", ["raw/b.jsonl"]),
        ("./raw/../other.jsonl", ["other.jsonl"]),
    ],
)
def test_files_of_a_source_are_sorted(imports: Importer, path: str, expected: list[str]) -> None:
    assert sources(imports(sources=[{"path": path}])) == expected


@pytest.mark.usefixtures("files")
def test_sources_keep_the_order_of_the_recipe_and_a_file_counts_once(
    imports: Importer, said: list[str]
) -> None:
    imported = imports(sources=[{"path": "raw/b.jsonl", "priority": 5}, {"path": "raw", "tags": ["late"]}])
    assert sources(imported) == ["raw/b.jsonl", "raw/a.jsonl", "raw/deep/c.jsonl"]
    assert [e.priority for e in imported.examples] == [5, 1, 1]
    assert "raw/b.jsonl: passed over, an earlier source has it" in said
    assert "raw/notes.pdf: passed over, no format that is read" in said


def test_a_name_with_glob_characters_is_that_file(imports: Importer) -> None:
    assert sources(imports("raw [1]/x[2].jsonl", ROW)) == ["raw [1]/x[2].jsonl"]
    assert sources(imports(sources=[{"path": "raw [1]"}])) == ["raw [1]/x[2].jsonl"]


def test_a_file_outside_the_folder_has_its_whole_path(
    imports: Importer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside").resolve() / "x.jsonl"
    outside.write_text(ROW)
    assert sources(imports(sources=[{"path": str(outside)}])) == [outside.as_posix()]


def test_what_was_built_is_no_source(imports: Importer, tmp_path: Path) -> None:
    (tmp_path / ".siftune").mkdir()
    (tmp_path / ".siftune" / "rejects.jsonl").write_text(ROW)
    (tmp_path / "x.jsonl").write_text(ROW)
    assert sources(imports(sources=[{"path": "."}])) == ["x.jsonl"]
    with pytest.raises(SourceError):
        imports(sources=[{"path": ".siftune"}])


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("path", "problem", "mend"),
    [
        ("raw/aa.jsonl", "source 2: raw/aa.jsonl: no such file", "did you mean raw/a.jsonl?"),
        ("raw/*.json", "source 2: raw/*.json: no such file", "did you mean raw/"),
        ("raw/notes.pdf", "source 2: raw/notes.pdf: files with the suffix '.pdf' are not read", ".jsonl"),
        ("raw/*.pdf", "source 2: raw/*.pdf: no file there has a format that is read", "raw/"),
    ],
)
def test_nothing_there(imports: Importer, path: str, problem: str, mend: str) -> None:
    with pytest.raises(SourceError) as caught:
        imports(sources=[{"path": "other.jsonl"}, {"path": path}])
    assert caught.value.problem == problem
    assert mend in caught.value.mend
