"""Scorer: texts to scores by label, each 0 to 1, and the backend that a recipe asks for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from curate.toxicity.thresholds import check_above, check_labels, named_labels
from schemas.recipe import Toxicity

Scores = dict[str, float]


class Scorer(Protocol):
    """`identity` changes whenever the same text could score differently: backend, version, weights."""

    @property
    def identity(self) -> str: ...

    @property
    def labels(self) -> Sequence[str]: ...

    def __call__(self, texts: Sequence[str]) -> list[Scores]: ...


def make_scorer(settings: Toxicity, root: Path, cache: Path) -> Scorer:
    """The recipe's backend behind a cache of its scores in the folder `cache`.

    `root` is the recipe's folder, to which `checkpoint` and `config` are relative. Raises MissingPackage
    where Detoxify is not installed, RecipeError for a checkpoint or config that is not there, a threshold of
    a label that the model does not have, or one that a cascade would not see.
    """
    scorer = _make(settings, root, cache)
    if named_labels(settings):
        check_labels(settings, scorer.labels)
    return scorer


def _make(settings: Toxicity, root: Path, cache: Path) -> Scorer:
    if settings.backend == "wordlist":
        from curate.toxicity.wordlist import WordlistScorer

        return WordlistScorer()
    from curate.toxicity.cache import CachedScorer
    from curate.toxicity.detoxify_scorer import DetoxifyScorer

    checkpoint = root / settings.checkpoint if settings.checkpoint is not None else None
    config = root / settings.config if settings.config is not None else None
    scorer: Scorer
    if settings.mode == "cascade":
        from curate.toxicity.cascade import CLEAN, CascadeScorer

        check_above(settings, CLEAN, "mode: cascade")
        quick = DetoxifyScorer(settings.model, checkpoint, config, "int8")
        scorer = CascadeScorer(quick, DetoxifyScorer(settings.model, checkpoint, config))
    else:
        scorer = DetoxifyScorer(settings.model, checkpoint, config, settings.mode)
    return CachedScorer(scorer, cache / "toxicity.db")
