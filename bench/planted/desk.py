"""Rows of the sample's support desk: questions with their answers, and questions with the desk they go to."""

import random
from collections.abc import Iterator

from bench.planted.pair import Pair
from samples.shop.conversation import Clean, Row

_DESKS = {
    "money": ("price", "points", "student", "payment", "postage"),
    "parcels": ("delivery", "status", "returns", "exchange"),
    "goods": ("weight", "waterproof", "warmth", "colours", "origin", "size", "lighter", "warmer"),
    "workshop": ("care", "repair", "warranty"),
    "shops": ("shop", "feed"),
}
DESKS = tuple(_DESKS)
_DESK_OF = {topic: desk for desk, topics in _DESKS.items() for topic in topics}


def answers(rng: random.Random) -> Iterator[Pair]:
    """Endless: what customers ask, and what the desk answers."""
    for row in _single(rng):
        yield Pair(row.turns[0].question, row.turns[0].answer)


def labels(rng: random.Random) -> Iterator[Pair]:
    """Endless: what customers ask, and the desk that it goes to."""
    for row in _single(rng):
        yield Pair(f"{row.turns[0].question}\nWhich desk?", _DESK_OF[row.topic])


def _single(rng: random.Random) -> Iterator[Row]:
    clean = Clean(rng)
    while True:
        yield clean.row(lambda row: len(row.turns) == 1)
