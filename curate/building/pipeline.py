"""Which stages a recipe asks for, in the one order that they have."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from curate.progress import Say
from schemas.decision import Ruling
from schemas.recipe import Recipe
from schemas.stage import Stage


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages, and the source of paid answers when the recipe augments."""

    stages: list[Stage]
    completer: object | None = None


def pipeline(recipe: Recipe, root: Path, cache: Path, rulings: Mapping[str, Ruling], say: Say) -> Pipeline:
    """Raises RecipeError or MissingPackage for a stage that cannot run."""
    raise NotImplementedError
