"""The docs know every command, option and key."""

import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from schemas import recipe, training
from schemas.section import Section

ROOT = Path(__file__).parents[2]


def sections() -> Iterator[type[BaseModel]]:
    for value in {**vars(recipe), **vars(training)}.values():
        if isinstance(value, type) and issubclass(value, Section) and value is not Section:
            yield value


@pytest.mark.parametrize("section", list(sections()), ids=lambda s: s.__name__)
def test_every_recipe_key_is_documented(section: type[BaseModel]) -> None:
    text = (ROOT / "docs" / "recipe.md").read_text(encoding="utf-8")
    missing = [name for name in section.model_fields if f"`{name}`" not in text]
    assert not missing


def test_the_command_reference_is_in_step() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "reference.py"))["reference"]()
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == made, "run python docs/reference.py"
