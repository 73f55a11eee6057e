"""Which stages a recipe asks for, in the one order that they have, with what they need from the edge."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from curate.progress import Say
from curate.stages.dedup import Dedup
from curate.stages.edits import Edits
from curate.stages.normalise import Normalise
from curate.stages.split import Split
from schemas import recipe as settings
from schemas.decision import Ruling
from schemas.recipe import Recipe
from schemas.stage import Stage

if TYPE_CHECKING:
    from curate.augment import HttpCompleter


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages in order, and the way to the endpoint when the recipe augments."""

    stages: list[Stage]
    completer: "HttpCompleter | None" = None

    @property
    def complete(self) -> bool:
        """False when a later build of the same inputs should ask the endpoint again."""
        return self.completer is None or self.completer.complete

    def close(self) -> None:
        if self.completer is not None:
            self.completer.close()


def pipeline(recipe: Recipe, root: Path, cache: Path, rulings: Mapping[str, Ruling], say: Say) -> Pipeline:
    """Raises RecipeError or MissingPackage for a stage that cannot run."""
    edits = Edits(rulings)
    filters = list(_filters(recipe, root, cache))
    stages: list[Stage] = [Normalise(), edits, Dedup(recipe.dedup), *filters]
    if recipe.decontaminate:
        from curate.stages.decontaminate import Decontaminate, read_benchmarks

        wanted = recipe.decontaminate
        lines = read_benchmarks(wanted.benchmarks, root, wanted.fields)
        stages.append(Decontaminate(recipe.decontaminate, lines))
    stages.append(Split(recipe.split, recipe.seed, recipe.sources, recipe.dedup))
    if recipe.augment is None:
        return Pipeline(stages)
    from curate.augment import make_completer
    from curate.stages.augment import Augment

    completer = make_completer(recipe.augment, cache / "answers.db", say)
    # A reviewer's word on a child comes first for it, too.
    children = Augment(recipe.augment, completer, [edits, *filters], recipe.dedup or settings.Dedup())
    return Pipeline([*stages, children], completer)


def _filters(recipe: Recipe, root: Path, cache: Path) -> Iterator[Stage]:
    """The row stages that imported rows and augmented children both pass."""
    if recipe.pii:
        from curate.stages.pii import Pii

        yield Pii(recipe.pii, root)
    if recipe.toxicity:
        from curate.stages.toxicity import Toxicity
        from curate.toxicity import make_scorer

        yield Toxicity(recipe.toxicity, make_scorer(recipe.toxicity, root, cache))
    if recipe.quality:
        from curate.quality import resolve_checks
        from curate.stages.quality import Quality

        yield Quality(recipe.quality, resolve_checks(recipe.quality.checks, root))
