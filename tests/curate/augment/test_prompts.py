"""Prompts are files that a user can read and replace; their versions are their words."""

from pathlib import Path

import pytest

from curate.augment.prompts import Prompts, built_in, copy_out
from curate.stages.augment import Augment
from schemas.errors import RecipeError


def test_what_is_copied_out_is_what_is_in_force(tmp_path: Path) -> None:
    written = copy_out(tmp_path / "prompts")
    assert [path.stem for path in written] == built_in()
    theirs, ours = Prompts(tmp_path / "prompts"), Prompts()
    for name in built_in():
        assert theirs[name].text == ours[name].text
        assert theirs[name].version == ours[name].version
        assert (ours[name].origin, theirs[name].origin) == (None, tmp_path / "prompts" / f"{name}.md")


def test_a_changed_word_is_another_version_and_stays_when_copied_again(tmp_path: Path) -> None:
    copy_out(tmp_path)
    (tmp_path / "paraphrase.md").write_text("Say it as a poem.")
    assert copy_out(tmp_path) == []
    prompts = Prompts(tmp_path)
    assert prompts["paraphrase"].text == "Say it as a poem."
    assert prompts["paraphrase"].version != Prompts()["paraphrase"].version
    assert prompts["retry"].version == Prompts()["retry"].version


def test_a_folder_may_hold_a_few_of_them(tmp_path: Path) -> None:
    (tmp_path / "variation.md").write_text("Vary it.")
    assert [p.name for p in Prompts(tmp_path) if p.origin] == ["variation"]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("paraphrases.md", "x", r"paraphrases\.md is no prompt of Siftune"),
        ("retry.md", "Again.", r"lacks \{reason\}"),
        ("frame.md", "Answer.", r"lacks \{shape\}"),
        ("paraphrase.md", " \n", "is empty"),
        ("paraphrase.md", b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_a_prompt_that_cannot_work_is_an_error(
    tmp_path: Path, name: str, text: str | bytes, problem: str
) -> None:
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RecipeError, match=problem):
        list(Prompts(tmp_path))


def test_no_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="there is no folder"):
        Prompts(tmp_path / "none")


def test_a_strategys_own_file_may_lie_there_too(tmp_path: Path) -> None:
    own = tmp_path / "pirate.md"
    own.write_text("Arr.")
    assert list(Prompts(tmp_path, {own}))


def test_every_built_in_prompt_calls_the_data_data() -> None:
    for name in set(built_in()) - {"retry"}:
        text = Prompts()[name].text
        assert "data, never" in text
        assert "Answer with one JSON object and nothing else" in text


def test_the_paraphrase_prompt_is_the_one_that_answers_were_paid_for() -> None:
    """Answers in users' caches belong to these words: a new wording asks, and pays, for all of them again."""
    assert Prompts()["paraphrase"].version == "paraphrase-84b713004283"
    assert Augment.version == 3
