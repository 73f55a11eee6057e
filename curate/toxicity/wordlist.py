"""A scorer that needs no weights: better_profanity's words, matched fast.

What it sees: listed vulgar words and slurs, whole words only, also with look-alike characters (`sh1t`),
stretched (`fuuuck`), starred (`f*ck`) and spaced out (`f u c k`).
What it cannot see: threats, insults and hatred in ordinary words; other languages; words that are not listed;
context, so that a quoted or reclaimed slur counts like one that is meant. Words of the list with a common
decent sense (`knob`, `virgin`, `nude`, `gay`) are left out, mild ones (`damn`, `stupid`) count from two in
a text, and those that are ordinary in another language (`slut`) beside English ones. A score is 1 or 0: no
degree is known.
"""

import importlib.metadata
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import product

from curate.toxicity.everyday import ENGLISH, EVERYDAY, FOREIGN, MILD, MILD_ENOUGH
from curate.toxicity.scorer import Scores

LABEL = "toxicity"
VERSION = 2

_TOKEN = re.compile(r"[a-z0-9@$!*+]+")
_STRETCHED = re.compile(r"(.)\1{2,}")
_LOOKALIKES = {
    "4": "a",
    "@": "a",
    "3": "e",
    "1": "il",
    "!": "il",
    "0": "o",
    "5": "s",
    "$": "s",
    "7": "t",
    "+": "t",
}
_SHORTEST = 4  # of a word with look-alikes or stars in it: `a55` is a telephone's name
_MOST_VARIANTS = 16


class WordlistScorer:
    """One label, `toxicity`, 1.0 or 0.0."""

    labels = (LABEL,)

    @property
    def identity(self) -> str:
        return f"wordlist {VERSION} better_profanity {importlib.metadata.version('better_profanity')}"

    def __call__(self, texts: Sequence[str]) -> list[Scores]:
        return [{LABEL: float(any(_hits(text)))} for text in texts]


def listed_words(text: str) -> list[str]:
    """What the score of a text is owed to, each word once, as it is listed or starred."""
    return list(dict.fromkeys(_hits(text)))


def _hits(text: str) -> Iterator[str]:
    tokens = _tokens(text)
    if not FOREIGN.isdisjoint(tokens) and ENGLISH.isdisjoint(tokens):
        tokens = [token for token in tokens if token not in FOREIGN]
    words, phrases = _listed()
    for token in tokens:
        yield from (variant for variant in _variants(token) if variant in words)
    for token in tokens:
        yield from _starred(token, words) if "*" in token else ()
    mild = [token for token in tokens if token in MILD]
    yield from mild if len(mild) >= MILD_ENOUGH else ()
    plain = tuple(tokens)
    for i, token in enumerate(plain):
        yield from (" ".join(p) for p in phrases.get(token, ()) if plain[i : i + len(p)] == p)
    yield from (run for run in _spelled(plain) if run in words)


def _tokens(text: str) -> list[str]:
    """Words without case and accents, marks at their ends stripped but for what stands in for a letter."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    folded = "".join(c for c in decomposed if not unicodedata.combining(c))
    return [token.strip("*") or token for token in _TOKEN.findall(folded)]


def _variants(token: str) -> Iterator[str]:
    """The token as it stands, unstretched, and with look-alikes read as letters."""
    for word in dict.fromkeys((token, token.rstrip("!+"))):
        yield word
        if _STRETCHED.search(word):
            yield _STRETCHED.sub(r"\1", word)
            yield _STRETCHED.sub(r"\1\1", word)
        if len(word) >= _SHORTEST and not word.isalpha() and not word.isdigit():
            readings = product(*(_LOOKALIKES.get(c, c) for c in word))
            for reading, _ in zip(readings, range(_MOST_VARIANTS), strict=False):
                yield "".join(reading)


def _starred(token: str, words: frozenset[str]) -> Iterator[str]:
    """The token, if it is like `f*ck`: a listed word of that length has these letters, the first one and one
    more at least."""
    if len(token) < _SHORTEST or not token[0].isalpha() or len(token) - token.count("*") < 2:
        return
    pattern = re.compile(re.escape(token).replace(r"\*", "."))
    if any(pattern.fullmatch(word) for word in words):
        yield token


def _spelled(tokens: Iterable[str]) -> Iterator[str]:
    """Runs of single letters as words."""
    run = ""
    for token in (*tokens, ""):
        if len(token) == 1 and token.isalpha():
            run += token
            continue
        if len(run) >= _SHORTEST:
            yield run
        run = ""


@cache
def _listed() -> tuple[frozenset[str], dict[str, list[tuple[str, ...]]]]:
    """Single words, and phrases by their first word."""
    from better_profanity import Profanity

    words: set[str] = set()
    phrases: dict[str, list[tuple[str, ...]]] = {}
    for entry in Profanity().CENSOR_WORDSET:
        tokens = tuple(_tokens(str(entry)))
        if not tokens or " ".join(tokens) in EVERYDAY:
            continue
        if len(tokens) == 1:
            words.add(tokens[0])
        else:
            phrases.setdefault(tokens[0], []).append(tokens)
    return frozenset(words), phrases
