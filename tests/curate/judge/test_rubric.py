"""A rubric is a file that people write: what is in it counts, and what is wrong with it is said."""

from pathlib import Path

import pytest

from curate.judge import load_rubric
from curate.judge.rubric import MOST_CRITERIA, rubric_of, shipped_rubric
from schemas.errors import RecipeError


def test_the_rubric_that_ships() -> None:
    rubric = load_rubric(None)
    assert rubric.criteria == ("question", "correctness", "helpfulness", "clarity")
    assert shipped_rubric().strip() in rubric.instructions
    assert "data to be judged" in rubric.instructions
    assert "{" not in rubric.version
    assert rubric.version.startswith("default-")


def test_a_rubric_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "house.md"
    path.write_text("# House rules\n\nBe strict.\n\n## Tone & manner ##\n\n5: kind\n\n## facts\n1: wrong\n")
    rubric = load_rubric(path)
    assert rubric.criteria == ("tone_manner", "facts")
    assert "The criteria are: tone_manner, facts." in rubric.instructions
    assert "Be strict." in rubric.instructions
    assert rubric.version.startswith("house-")


def test_any_other_word_is_another_version() -> None:
    one, other = (rubric_of(f"## facts\n{words}", "r") for words in ("5: right", "5: all right"))
    assert one.version != other.version
    assert one.version == rubric_of("## facts\n5: right", "r").version


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Just judge it.", "no criterion"),
        ("# facts\n### more", "no criterion"),
        ("## facts\n## Facts", "'facts' twice"),
        ("## 5 stars", "'5_stars', which is no name"),
        ("## \n", "'', which is no name"),
        ("\n".join(f"## c{n}" for n in range(MOST_CRITERIA + 1)), "more than"),
    ],
)
def test_what_is_no_rubric_is_said(text: str, problem: str) -> None:
    with pytest.raises(RecipeError, match=problem) as caught:
        rubric_of(text, "r")
    assert "## correctness" in caught.value.mend


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot be read"):
        load_rubric(tmp_path / "none.md")
