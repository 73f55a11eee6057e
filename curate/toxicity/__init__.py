"""Toxicity scores for texts: Detoxify's models, a word list, and a cache of their scores."""

from curate.toxicity.scorer import Scorer, Scores, make_scorer

__all__ = ["Scorer", "Scores", "make_scorer"]
