"""Toxicity scores for texts: Detoxify's models, a word list, and a cache of their scores."""

from curate.toxicity.scorer import Scorer, Scores, make_scorer
from curate.toxicity.wordlist import listed_words

__all__ = ["Scorer", "Scores", "listed_words", "make_scorer"]
