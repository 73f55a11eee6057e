"""How far a prediction says what its reference says: exact match, token F1, ROUGE-L, chrF, BLEU of one.

All from 0 to 1 but chrF and BLEU, which sacrebleu has from 0 to 100 as papers print them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.errors import MissingPackage
from schemas.example import canonical_text
from train.evaluation.metrics.words import mostly_unspaced, squad_tokens, words

_ORDERS = 4  # BLEU's n-grams, 1 to 4
BLEU_STATISTICS = 2 + 2 * _ORDERS  # length of system and reference, matches and totals by order


def exact_match(prediction: str, reference: str) -> float:
    """1 where the texts are equal but for white space around them, line ends and Unicode's ways to write."""
    return float(canonical_text(prediction) == canonical_text(reference))


def token_f1(prediction: str, reference: str) -> float:
    """Harmonic mean of precision and recall over the bag of tokens, after SQuAD's normalisation (Rajpurkar et
    al. 2016). Where either has no token left, 1 if neither has (SQuAD 2.0, Rajpurkar et al. 2018)."""
    said, wanted = squad_tokens(prediction), squad_tokens(reference)
    if not said or not wanted:
        return float(said == wanted)
    shared = (Counter(said) & Counter(wanted)).total()
    return 2 * shared / (len(said) + len(wanted))


def rouge_l(prediction: str, reference: str) -> float:
    """F1 over the longest common subsequence of words (Lin 2004), by Google's rouge-score, no stemming."""
    return float(_rouge().score(reference, prediction)["rougeL"].fmeasure)


@dataclass(frozen=True, slots=True)
class Sacre:
    """sacrebleu's metrics for one set of references (Post 2018). BLEU's tokens are 13a's, and characters
    where most of the references' letters are of scripts without spaces; chrF (Popović 2015) has no words."""

    bleu: Any
    chrf: Any

    @classmethod
    def of(cls, references: Sequence[str]) -> "Sacre":
        try:
            from sacrebleu.metrics.bleu import BLEU
            from sacrebleu.metrics.chrf import CHRF
        except ImportError:
            raise MissingPackage.of("sacrebleu", "eval", "BLEU and chrF") from None
        tokens = "char" if mostly_unspaced(list(references)) else "13a"
        # Single answers are short: an order that an answer is too short for is left out of its own score.
        return cls(BLEU(tokenize=tokens, effective_order=True), CHRF())

    def sentence_bleu(self, prediction: str, reference: str) -> float:
        return float(self.bleu.sentence_score(prediction, [reference]).score)

    def sentence_chrf(self, prediction: str, reference: str) -> float:
        return float(self.chrf.sentence_score(prediction, [reference]).score)

    def statistics(self, prediction: str, reference: str) -> list[float]:
        """What one pair adds to the BLEU of a corpus: BLEU_STATISTICS numbers."""
        score = self.bleu.sentence_score(prediction, [reference])
        return [score.sys_len, score.ref_len, *score.counts, *score.totals]


def corpus_bleu(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """BLEU of corpora from the sums of their statistics (R, BLEU_STATISTICS), 0 to 100, with the exponential
    smoothing that sacrebleu's `corpus_bleu` has by default: all 10,000 draws of an interval at once."""
    system, reference = sums[:, 0], sums[:, 1]
    right, total = sums[:, 2 : 2 + _ORDERS], sums[:, 2 + _ORDERS :]
    halvings = 2.0 ** np.cumsum(right == 0, axis=1)  # each order without a match halves what it gets
    smoothed = np.where(right > 0, right, 1 / halvings)
    precisions = np.divide(smoothed, total, out=np.zeros_like(total), where=total > 0)
    some = (right.sum(axis=1) > 0) & (precisions > 0).all(axis=1)
    with np.errstate(divide="ignore"):
        brevity = np.minimum(
            0.0, 1 - np.divide(reference, system, out=np.full_like(system, np.inf), where=system > 0)
        )
        scores = 100 * np.exp(brevity + np.log(np.where(some[:, None], precisions, 1.0)).mean(axis=1))
    found: NDArray[np.float64] = np.where(reference > 0, np.where(some, scores, 0.0), np.nan)
    return found


@lru_cache(maxsize=1)
def _rouge() -> Any:
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError:
        raise MissingPackage.of("rouge-score", "eval", "ROUGE-L") from None
    return RougeScorer(["rougeL"], tokenizer=_Words())


class _Words:
    def tokenize(self, text: str) -> list[str]:
        return words(text)
