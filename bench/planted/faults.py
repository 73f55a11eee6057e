"""Faults: each takes clean pairs and gives back the same ones, a share of them with something wrong.

A fault takes only pairs that it can make wrong, and what it makes is wrong: a swapped answer is another one,
a changed number another number, a flipped label another label.
"""

import random
import re
from collections.abc import Callable, Sequence

from bench.planted.desk import DESKS
from bench.planted.pair import Pair

SHARE = 0.05
Planted = tuple[list[Pair], set[int]]  # the pairs, and the indices of those that are wrong now
_NUMBER = re.compile(r"\d+")


def swapped(pairs: Sequence[Pair], rng: random.Random) -> Planted:
    """Two pairs with their answers exchanged, again and again."""
    made = list(pairs)
    chosen = rng.sample(range(len(made)), 2 * round(SHARE * len(made) / 2))
    for one, two in zip(chosen[::2], chosen[1::2], strict=True):
        a, b = pairs[one], pairs[two]
        made[one], made[two] = Pair(a.question, b.answer), Pair(b.question, a.answer)
    return made, {i for i in chosen if made[i] != pairs[i]}


def truncated(pairs: Sequence[Pair], rng: random.Random) -> Planted:
    """The answer stops after a third to two thirds of its words."""
    return _change(pairs, rng, _cut)


def wrong_number(pairs: Sequence[Pair], rng: random.Random) -> Planted:
    """One number that the question does not hold is another number, wherever it stands in the answer."""
    return _change(pairs, rng, _miscount)


def flipped(pairs: Sequence[Pair], rng: random.Random) -> Planted:
    """Another label."""
    return _change(pairs, rng, _flip)


FAULTS: dict[str, Callable[[Sequence[Pair], random.Random], Planted]] = {
    "swapped": swapped,
    "truncated": truncated,
    "wrong number": wrong_number,
    "label flip": flipped,
}


def _change(
    pairs: Sequence[Pair], rng: random.Random, change: Callable[[Pair, random.Random], str | None]
) -> Planted:
    made, wrong = list(pairs), set[int]()
    for index in rng.sample(range(len(made)), len(made)):
        if len(wrong) == round(SHARE * len(made)):
            break
        answer = change(pairs[index], rng)
        if answer is not None:
            made[index] = Pair(pairs[index].question, answer)
            wrong.add(index)
    return made, wrong


def _cut(pair: Pair, rng: random.Random) -> str | None:
    words = pair.answer.split()
    if len(words) < 6:
        return None
    kept = words[: rng.randint(len(words) // 3, 2 * len(words) // 3)]
    return " ".join(kept).rstrip(".,;:!?")


def _miscount(pair: Pair, rng: random.Random) -> str | None:
    asked = set(_NUMBER.findall(pair.question))
    numbers = [n for n in _NUMBER.findall(pair.answer) if n not in asked and n != "0"]
    if not numbers:
        return None
    right = numbers[-1]
    wrong = right
    while wrong == right or wrong in asked:
        wrong = str(max(1, int(right) + rng.choice((-1, 1)) * rng.randint(1, max(2, int(right) // 2))))
    return re.sub(rf"(?<!\d){right}(?!\d)", wrong, pair.answer)


def _flip(pair: Pair, rng: random.Random) -> str:
    return rng.choice([desk for desk in DESKS if desk != pair.answer])
