"""A cascade: a quick scorer looks at every text, and the exact one only at those that may be toxic.

A text for which the quick scorer sees every label below CLEAN keeps those scores; every other has the exact
ones. So no text is dropped that the exact scorer would not drop, as long as thresholds lie above CLEAN; what
is lost are texts over a threshold that the quick scorer sees below CLEAN. `bench/toxicity.py` counts them.
"""

from collections.abc import Sequence

from curate.toxicity.scorer import Scorer, Scores

CLEAN = 0.1


class CascadeScorer:
    """Both scorers must have the same labels. Pickles if they do."""

    def __init__(self, quick: Scorer, exact: Scorer) -> None:
        self._quick = quick
        self._exact = exact

    @property
    def identity(self) -> str:
        return f"cascade {CLEAN} of {self._quick.identity}, {self._exact.identity}"

    @property
    def labels(self) -> Sequence[str]:
        return self._exact.labels

    def __call__(self, texts: Sequence[str]) -> list[Scores]:
        scores = self._quick(texts)
        doubtful = [at for at, score in enumerate(scores) if max(score.values()) >= CLEAN]
        if doubtful:
            for at, exact in zip(doubtful, self._exact([texts[at] for at in doubtful]), strict=True):
                scores[at] = exact
        return scores
