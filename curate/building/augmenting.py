"""The augment step of a build: its stage, its way to the endpoint, and what its results depend on."""

from collections.abc import Sequence
from pathlib import Path

from curate.augment import dead_letters
from curate.augment.senses import senses_of
from curate.building.inputs import TRAFFIC, files_named, hashes, versions_of
from curate.flow.keys import fingerprint
from curate.flow.step import Step
from curate.llm import HttpCompleter, make_completer, settings_of
from curate.progress import Say
from curate.stages.augment import Augment
from schemas import recipe as settings
from schemas.recipe import Recipe
from schemas.stage import Stage


def augment_step(
    recipe: Recipe, root: Path, cache: Path, checks: Sequence[Stage], say: Say
) -> tuple[Step, HttpCompleter]:
    """`checks` are the row stages that a child passes. Raises RecipeError, MissingPackage, DataError."""
    section = recipe.augment
    assert section is not None
    completer = make_completer(settings_of("augment", section), cache / "answers.db", say)
    path = letters_path(root / Path(recipe.workspace).expanduser())

    def bury(letters: Sequence[dead_letters.DeadLetter]) -> None:
        dead_letters.write(path, letters)
        if letters:
            say(f"augment: {len(letters):,} children could not be made: {path} says which and why")

    stage = Augment(
        section,
        completer,
        checks,
        recipe.dedup or settings.Dedup(),
        root=root,
        senses=senses_of(recipe, root),
        bury=bury,
        say=say,
    )
    models = [recipe.pii.ner] if recipe.pii is not None else []
    if recipe.dedup is not None and recipe.dedup.semantic is not None:
        models.append(recipe.dedup.semantic.model)
    about = [
        section.model_dump(mode="json", exclude=TRAFFIC),
        stage.prompts,
        hashes(files_named(models, root)),
        recipe.dedup.model_dump(mode="json") if recipe.dedup is not None else None,
    ]
    key = fingerprint([stage.name, stage.version, about, versions_of(("py3langid", "spacy"))])
    return Step(stage, key), completer


def letters_path(workspace: Path) -> Path:
    """Where the dead letters of a workspace lie."""
    return workspace / "augment" / dead_letters.FILE
