"""Which stages a recipe asks for, in the one order that they have, with what they need from the edge."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from curate.building.decided import Decided
from curate.building.features import of_finished, of_imported
from curate.building.inputs import files_named, hashes, ruling_facts, versions_of
from curate.flow.keys import fingerprint
from curate.flow.step import Step
from curate.progress import Say
from curate.sources import Origins
from curate.stages.dedup import Dedup
from curate.stages.edits import Edits
from curate.stages.split import Split
from curate.statements import Stated
from schemas import recipe as settings
from schemas.decision import Ruling
from schemas.recipe import Recipe
from schemas.section import Section
from schemas.stage import Stage, TableStage

if TYPE_CHECKING:
    from curate.llm import HttpCompleter


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The steps after reading, in order, and the ways to an endpoint of those that ask one."""

    steps: list[Step] = field(default_factory=list)
    completers: "list[HttpCompleter]" = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """False when a later build of the same inputs should ask an endpoint again."""
        return all(completer.complete for completer in self.completers)

    def close(self) -> None:
        for completer in self.completers:
            completer.close()


def pipeline(recipe: Recipe, root: Path, cache: Path, decided: Decided, say: Say) -> Pipeline:
    """Raises RecipeError or MissingPackage for a stage that cannot run."""
    rulings, stated = decided.rulings, decided.stated
    edits = Edits(rulings)
    filters = list(_filters(recipe, root, cache, stated))
    steps = [
        edits_step(edits, rulings),
        replace(_dedup(recipe.dedup, root, stated), features=of_imported(recipe.dedup)),
        *filters,
    ]
    if recipe.decontaminate:
        from curate.stages.decontaminate import Decontaminate, read_benchmarks

        section = recipe.decontaminate
        lines = read_benchmarks(section.benchmarks, root, section.fields)
        about = [_dump(section), _dump(recipe.dedup), hashes(files_named(section.benchmarks, root))]
        steps.append(_step(Decontaminate(section, lines), about))
    completers: list[HttpCompleter] = []
    # A reviewer's word on a child comes first for it, too.
    checks: list[Stage] = [edits.on_rows(), *(step.stage for step in filters)]  # type: ignore[list-item]
    if recipe.judge:
        from curate.building.judging import judge_step

        step, judge, completer = judge_step(recipe, root, cache, say)
        steps.append(step)
        checks.append(judge.on_rows())
        completers.append(completer)
    shares = [[s.path, s.share] for s in recipe.sources]
    about = [_dump(recipe.split), recipe.seed, shares, _dump(recipe.dedup)]
    stage = Split(recipe.split, recipe.seed, recipe.sources, recipe.dedup, Origins(recipe, root))
    split = _step(stage, about)
    steps.append(replace(split, features=of_finished(recipe.split, recipe.seed, recipe.dedup)))
    if recipe.augment:
        from curate.building.augmenting import augment_step

        step, completer = augment_step(recipe, root, cache, checks, say)
        steps.append(step)
        completers.append(completer)
    return Pipeline(steps, completers)


def edits_step(edits: Edits, rulings: Mapping[str, Ruling]) -> Step:
    """The edits with these rulings, which its key holds."""
    return _step(edits, [ruling_facts(rulings[example_id]) for example_id in sorted(rulings)])


def _dedup(section: settings.Dedup | None, root: Path, stated: Stated) -> Step:
    about, told = _dump(section), [[*pair, by] for pair, by in stated.apart.items()]
    if section is None or section.semantic is None:
        return replace(_step(Dedup(section, apart=stated.apart), about), told=told)
    from curate.meaning.sentence_model import make_embedder

    embedder = make_embedder(section.semantic.model, root)
    packages = ("sentence-transformers", "transformers", "torch")
    stage = Dedup(section, embedder=embedder, apart=stated.apart)
    return replace(_step(stage, [about, embedder.key], packages), told=told)


def _filters(recipe: Recipe, root: Path, cache: Path, stated: Stated) -> Iterator[Step]:
    """The row stages that imported rows and augmented children both pass."""
    if recipe.pii:
        from curate.pii.said import Said
        from curate.stages.pii import Pii

        about = [_dump(recipe.pii), hashes(files_named([recipe.pii.ner], root))]
        if stated.values:
            about.append([[*value, *says] for value, says in stated.values.items()])
        packages = ("presidio-analyzer", "phonenumbers", "detect-secrets", "spacy")
        yield _step(Pii(recipe.pii, root, said=Said(stated.values)), about, packages)
    if recipe.toxicity:
        from curate.stages.toxicity import Toxicity
        from curate.toxicity import listed_words, make_scorer

        scorer = make_scorer(recipe.toxicity, root, cache)
        words = listed_words if recipe.toxicity.backend == "wordlist" else None
        named = [recipe.toxicity.checkpoint, recipe.toxicity.config]
        about = [_dump(recipe.toxicity), hashes(files_named(named, root))]
        yield _step(Toxicity(recipe.toxicity, scorer, words), about, ("better-profanity", "detoxify"))
    if recipe.quality:
        from curate.quality import resolve_checks
        from curate.stages.quality import Quality

        checks = resolve_checks(recipe.quality.checks, root)
        modules = [f"{check.rpartition('.')[0].replace('.', '/')}.py" for check in recipe.quality.checks]
        about = [_dump(recipe.quality), hashes(files_named(modules, root))]
        yield _step(Quality(recipe.quality, checks), about, ("py3langid", "ftfy"))


def _step(stage: Stage | TableStage, about: object, packages: Sequence[str] = ()) -> Step:
    return Step(stage, fingerprint([stage.name, stage.version, about, versions_of(packages)]))


def _dump(section: Section | None) -> object:
    return section.model_dump(mode="json") if section is not None else None
