"""repetition: an answer caught in a loop, as sampled text often is.

A phrase of 1 to 20 words that follows itself at least REPEATS times, over at least LEAST_WORDS words and
SHARE of the answer. Only immediate repetition counts, so that a chorus, a form letter or a list with a common
beginning is no loop. Code, HTML and phrases without a letter (tables of numbers) are left out.
"""

from itertools import pairwise
from typing import TYPE_CHECKING

from curate.quality.text import prose, words
from curate.quality.verdict import Verdict
from schemas.example import Example
from schemas.recipe import Quality

if TYPE_CHECKING:
    from curate.quality.turns import Turns
    from schemas.arrays import Bools

LONGEST_PHRASE = 20
REPEATS = 5
LEAST_WORDS = 20
SHARE = 0.3


def repetition(example: Example, _: Quality) -> Verdict | None:
    for message in example.messages:
        if message.role == "assistant" and (verdict := _loop(message.content)):
            return verdict
    return None


def without_loop(turns: "Turns") -> "Bools":
    """Rows that the rule passes."""
    texts, known = turns.messages, turns.words
    long = turns.of_assistant & (known.sizes >= LEAST_WORDS)
    unclear = known.loops(LONGEST_PHRASE, REPEATS, LEAST_WORDS, SHARE)
    unclear[long] |= texts.some(long).with_byte(b"`<")  # the prose of these has other words, if not more
    return turns.without(texts.row, texts.judged(unclear & long, _loop))


def _loop(text: str) -> Verdict | None:
    if len(text) < LEAST_WORDS:
        return None
    tokens = words(prose(text))
    if len(tokens) < LEAST_WORDS or not _may_loop(tokens):
        return None
    period, covered = _longest_loop(tokens)
    share = covered / len(tokens)
    if covered < LEAST_WORDS or share < SHARE:
        return None
    detail = {"phrase_words": period, "repeats": covered // period}
    return Verdict("repetition", score=round(share, 4), threshold=SHARE, detail=detail)


def _may_loop(tokens: list[str]) -> bool:
    """A loop over c words has at most c / REPEATS different word pairs in it, so a text whose pairs are
    nearly all different holds none that counts."""
    least_covered = max(LEAST_WORDS, SHARE * len(tokens))
    most = len(tokens) - least_covered * (1 - 1 / REPEATS)
    return len(set(tokens)) - 1 <= most and len(set(pairwise(tokens))) <= most  # words are counted sooner


def _longest_loop(tokens: list[str]) -> tuple[int, int]:
    """The phrase length and the words covered by the longest loop of at least REPEATS turns."""
    best = (1, 0)
    for period in range(1, LONGEST_PHRASE + 1):
        run = 0
        for i in range(period, len(tokens) + 1):
            if i < len(tokens) and tokens[i] == tokens[i - period]:
                run += 1
                continue
            covered = run + period
            if run and covered >= REPEATS * period and covered > best[1]:
                phrase = tokens[i - period : i]
                if any(map(_has_letter, phrase)):
                    best = (period, covered)
            run = 0
    return best


def _has_letter(word: str) -> bool:
    return any(map(str.isalpha, word))
