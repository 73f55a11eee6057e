"""The judge step of a build: its stage, its way to the endpoint, and what its results depend on."""

from pathlib import Path

from curate.building.inputs import TRAFFIC
from curate.flow.keys import fingerprint
from curate.flow.step import Step
from curate.judge import Rubric, load_rubric
from curate.llm import HttpCompleter, make_completer, settings_of
from curate.progress import Say
from curate.stages.judge import Judge
from schemas.recipe import Recipe


def judge_step(recipe: Recipe, root: Path, cache: Path, say: Say) -> tuple[Step, Judge, HttpCompleter]:
    """The stage comes beside its step: children pass it too. Raises RecipeError, DataError."""
    section = recipe.judge
    assert section is not None
    rubric = rubric_of(recipe, root)
    completer = make_completer(settings_of("judge", section), cache / "answers.db", say)
    stage = Judge(section, rubric, completer)
    about = [section.model_dump(mode="json", exclude=TRAFFIC), rubric.version]
    return Step(stage, fingerprint([stage.name, stage.version, about])), stage, completer


def rubric_of(recipe: Recipe, root: Path) -> Rubric:
    """The rubric that the recipe names, or the one that ships. Raises RecipeError."""
    named = recipe.judge.rubric if recipe.judge is not None else None
    return load_rubric(root / Path(named).expanduser() if named else None)
