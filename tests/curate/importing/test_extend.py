"""A source added to a recipe: one more at the end of the list, and every other byte as it was."""

import subprocess
import sys
from pathlib import Path

import pytest

from curate.importing.adding import add_sources, given_sources
from curate.importing.extend import add_source, with_source
from curate.start import init
from schemas.errors import RecipeError, SourceError, UsageError
from schemas.recipe_file import load_recipe

ROW = '{"prompt":"q","completion":"a"}\n'
HEAD = "name: x\nsystem_prompt: null\n"
RECIPES = {
    "indented": HEAD + "sources:\n  - path: a.jsonl  # mine\n    tags: [t]\n\nseed: 3\n",
    "not indented": HEAD + "sources:\n- path: a.jsonl\nseed: 3\n",
    "at the end": HEAD + "sources:\n  - path: a.jsonl\n    # priority: 2",
    "comments behind": HEAD + "sources:\n  -  path: a.jsonl\n     # of it\n\n# of seed\nseed: 3\n",
    "two": HEAD + "sources: # all\n  - {path: a.jsonl}\n  - path: b.jsonl\nseed: 3\n",
}
SOURCE = {"path": "new dir/ü: x.jsonl", "columns": {"prompt": "a b", "completion": "c"}, "tags": ["x", "y z"]}


@pytest.mark.parametrize("kind", RECIPES)
def test_lines_are_only_added(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPES[kind])
    before = load_recipe(path)
    after = add_source(path, SOURCE)
    assert after.sources[:-1] == before.sources
    assert after.sources[-1].model_dump(include=set(SOURCE)) == {
        **SOURCE,
        "columns": {**SOURCE["columns"], "system": None, "group": None, "tags": None},  # type: ignore[dict-item]
        "tags": ("x", "y z"),
    }
    old, new = RECIPES[kind].splitlines(), path.read_text().splitlines()
    assert [line for line in new if line in old] == old
    assert len(new) == len(old) + 3


def test_a_comment_inside_the_last_item_stays_with_it() -> None:
    lines = with_source(RECIPES["comments behind"], {"path": "n.jsonl"}).splitlines()
    assert lines[3:6] == ["  -  path: a.jsonl", "     # of it", "  -  path: n.jsonl"]


def test_a_list_in_one_line_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("name: x\nsystem_prompt: null\nsources: [{path: a.jsonl}]\n")
    with pytest.raises(UsageError, match="by hand"):
        add_source(path, SOURCE)


def test_a_path_that_would_be_read_otherwise_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/nowhere")
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPES["indented"])
    with pytest.raises(RecipeError, match="by hand"):
        add_source(path, {"path": "${HOME}/x.jsonl"})
    assert path.read_text() == RECIPES["indented"]


def test_the_command_adds_what_the_workspace_of_init_can_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = init(tmp_path / "w")
    (tmp_path / "w" / "raw" / "x.csv").write_text("body,reply\nq,a\n")
    monkeypatch.chdir(tmp_path)
    columns = ["--column", "prompt=body", "--column", "completion=reply"]
    done = subprocess.run(
        [sys.executable, "-m", "curate", "import", "w/raw/x.csv", "--recipe", str(recipe), *columns],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert (done.stdout, done.stderr.splitlines()) == (
        "",
        [
            "raw/x.csv: 1 row, mapped columns",
            f"added raw/x.csv to {recipe}",
        ],
    )
    assert load_recipe(recipe).sources[-1].path == "raw/x.csv"


def test_nothing_is_added_where_one_source_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPES["indented"])
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text(ROW)
    monkeypatch.chdir(tmp_path)
    for paths, error in ((["b.jsonl", "nowhere.jsonl"], SourceError), (["b.jsonl", "a.jsonl"], UsageError)):
        with pytest.raises(error):
            list(add_sources(recipe, given_sources(paths, "auto", [], [])))
        assert recipe.read_text() == RECIPES["indented"]
    assert len(list(add_sources(recipe, given_sources(["b.jsonl"], "auto", [], [])))) == 2
    assert [s.path for s in load_recipe(recipe).sources] == ["a.jsonl", "b.jsonl"]


def test_a_file_without_a_row_of_use_is_not_added(tmp_path: Path) -> None:
    recipe = init(tmp_path / "desk")
    before = recipe.read_text()
    path = tmp_path / "x.csv"
    path.write_bytes("prompt;completion\nWo ist mein Gürtel?;Hier.\n".encode("cp1252"))
    with pytest.raises(SourceError, match="1 of 1 rows") as refused:
        list(add_sources(recipe, given_sources([str(path)], "auto", [], [])))
    assert "encoding: cp1252" in refused.value.mend
    assert recipe.read_text() == before
    list(add_sources(recipe, given_sources([str(path)], "auto", [], [], "cp1252", ["kunde=user"])))
    added = load_recipe(recipe).sources[-1]
    assert (added.encoding, added.roles) == ("cp1252", {"kunde": "user"})
