"""Texts of a made-up language with labels, so that nobody's abuse has to be stored or repeated.

Words are syllables. Some are insults, threats, obscenities, names of groups, words of address or negations;
what a text's labels are hangs on how they stand together, as with people: an insult counts where somebody is
addressed with it, not quoted by itself nor denied; a threat needs its target; a group's name is no hatred
without an insult at its side. Annotators err: of the true labels MISSED are not given, of the others ADDED
are.
"""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass

CLASSES = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
MISSED, ADDED = 0.06, 0.004
_ABOUT = 0.5  # of the texts have phrases with charged words in them, harmful or not
_VOCABULARY = 800


@dataclass(frozen=True, slots=True)
class Labelled:
    """`labels` are those given, one for each of CLASSES."""

    text: str
    labels: tuple[bool, ...]


class Language:
    """The words of the language, always the same; `texts` speaks it."""

    def __init__(self) -> None:
        words = _words(random.Random(1), _VOCABULARY + 41)
        self._insults, self._threats, self._obscene, self._groups, self._you, self._not = (
            words[start:end] for start, end in itertools.pairwise((0, 12, 20, 28, 34, 38, 41))
        )
        self._plain = words[41:]
        self._weights = list(itertools.accumulate(1 / (rank + 8) for rank in range(len(self._plain))))
        self._phrases: list[tuple[Callable[[random.Random], list[str]], frozenset[str]]] = [
            (lambda r: [*self._one(r, self._you), *self._one(r, self._insults)], frozenset({"insult"})),
            (lambda r: self._one(r, self._insults), frozenset()),
            (self._denied, frozenset()),
            (lambda r: [*self._one(r, self._threats), *self._one(r, self._you)], frozenset({"threat"})),
            (lambda r: [*self._one(r, self._threats), *self._one(r, self._plain)], frozenset()),
            (lambda r: self._one(r, self._groups), frozenset()),
            (
                lambda r: [*self._one(r, self._groups), *self._one(r, self._insults)],
                frozenset({"identity_hate"}),
            ),
            (lambda r: self._one(r, self._obscene), frozenset({"obscene"})),
        ]

    def texts(self, rng: random.Random, n: int) -> list[Labelled]:
        """`n` texts of about 20 words in the median, 6 to 80."""
        return [self._text(rng) for _ in range(n)]

    def _text(self, rng: random.Random) -> Labelled:
        length = min(80, max(6, int(rng.lognormvariate(3.0, 0.5))))
        words = rng.choices(self._plain, cum_weights=self._weights, k=length)
        found: set[str] = set()
        if rng.random() < _ABOUT:
            for make, meaning in rng.choices(self._phrases, k=rng.choice((1, 1, 2, 3))):
                at = rng.randrange(len(words) + 1)
                words[at:at] = make(rng)
                found |= meaning
        if len(found) > 1:
            found.add("severe_toxic")
        if found:
            found.add("toxic")
        return Labelled(" ".join(words) + ".", tuple(_given(rng, name in found) for name in CLASSES))

    def _one(self, rng: random.Random, words: list[str]) -> list[str]:
        """A word of these, and up to two others behind it."""
        return [rng.choice(words), *rng.choices(self._plain, cum_weights=self._weights, k=rng.randrange(3))]

    def _denied(self, rng: random.Random) -> list[str]:
        return [*self._one(rng, self._you), rng.choice(self._not), *self._one(rng, self._insults)]


def _given(rng: random.Random, true: bool) -> bool:
    return rng.random() >= MISSED if true else rng.random() < ADDED


def _words(rng: random.Random, n: int) -> list[str]:
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    found: dict[str, None] = {}
    while len(found) < n:
        found["".join(rng.choices(syllables, k=rng.randint(2, 4)))] = None
    return list(found)
