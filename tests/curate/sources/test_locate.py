"""Which files a source names, in which order, and what is said when there are none."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from curate import build
from curate.sources import Imported, Origins, located_files
from schemas.errors import SourceError
from schemas.example import hash_value
from schemas.recipe import Recipe

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


@pytest.mark.usefixtures("files")
def test_each_row_is_known_to_be_of_its_source(tmp_path: Path) -> None:
    inside = tmp_path / "raw" / "deep"
    given = ["raw/*.jsonl", "deep/../other.jsonl", f"{inside}", "./raw/**/*.jsonl", "hf:o/d", "hf:o/d:test"]
    (tmp_path / "deep").mkdir()
    recipe = Recipe.model_validate({"system_prompt": None, "sources": [{"path": path} for path in given]})
    origin = Origins(recipe, tmp_path)
    located = located_files(recipe, tmp_path, lambda _: None)
    assert {file.name: file.source for file in located} == {file.name: origin(file.name) for file in located}
    names = ["raw/a.jsonl", "other.jsonl", "raw/deep/c.jsonl", "hf:o/d:train", "hf:o/d:test", "raw/notes.pdf"]
    assert [origin(name) for name in names] == [0, 1, 2, 4, 5, None]


def test_a_share_is_of_a_source_outside_the_folder(tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    desk.mkdir()
    for name, rows in (("own", 400), ("general", 400)):
        lines = [
            {"prompt": f"{name} {n} {hash_value(f'{n}')}", "completion": f"{n} {name}"} for n in range(rows)
        ]
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    (desk / "raw.jsonl").write_bytes((tmp_path / "own.jsonl").read_bytes())
    sources = [{"path": "*.jsonl"}, {"path": "../general.jsonl", "share": 0.2}]
    (desk / "recipe.yaml").write_text(json.dumps({"system_prompt": None, "sources": sources}))
    version = build(desk / "recipe.yaml", jobs=1, say=lambda _: None)
    named = {Path(count.path).name: count.named_by for count in version.manifest.sources}
    assert named == {"raw.jsonl": "*.jsonl", "general.jsonl": "../general.jsonl"}
    of_file = Counter(version.read("data/train.parquet", ["source"])["source"].to_pylist())
    general = of_file[str(tmp_path / "general.jsonl")]
    assert 0.19 < general / of_file.total() <= 0.2
