"""Generated word problems: several templates, and an answer that shows its working and repeats the result."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.planted.pair import Pair


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_NAMES = _words("Ada Ben Cleo Dev Edda Finn Gita Hugo Iris Jon Kaya Liam Mina Noor Otto Pia Quinn Rosa Sami")
_OTHER_NAMES = _words("Abel Bea Carl Dina Emil Fay Gus Hana Ivo Jana Kurt Lena Max Nina Olaf Petra Rolf Sara")
_THINGS = _words(
    "marbles stamps apples pencils coins shells books cards buttons stickers plums nails beads tickets "
    "eggs keys stones candles"
)
_PLACES = _words("box drawer bag basket jar tin crate bowl")


@dataclass(frozen=True, slots=True)
class _Sum:
    """The working as it is written, and its result."""

    working: str
    result: int
    numbers: dict[str, int]


def _add(rng: random.Random) -> _Sum:
    a, b = rng.randint(2, 40), rng.randint(2, 40)
    return _Sum(f"{a} + {b} = {a + b}", a + b, {"a": a, "b": b})


def _take(rng: random.Random) -> _Sum:
    b = rng.randint(2, 30)
    a = b + rng.randint(1, 30)
    return _Sum(f"{a} - {b} = {a - b}", a - b, {"a": a, "b": b})


def _times(rng: random.Random) -> _Sum:
    a, b = rng.randint(2, 9), rng.randint(2, 9)
    return _Sum(f"{a} * {b} = {a * b}", a * b, {"a": a, "b": b})


def _add_and_take(rng: random.Random) -> _Sum:
    a, b = rng.randint(5, 30), rng.randint(5, 30)
    c = rng.randint(2, a + b - 1)
    return _Sum(f"{a} + {b} = {a + b}, {a + b} - {c} = {a + b - c}", a + b - c, {"a": a, "b": b, "c": c})


_Draw = Callable[[random.Random], _Sum]
_TEMPLATES: tuple[tuple[_Draw, tuple[str, ...]], ...] = (
    (
        _add,
        (
            "{name} has {a} {things} and finds {b} more. How many {things} does {name} have now?",
            "There are {a} {things} in one {place} and {b} in another. How many {things} are there in all?",
            "On Monday {name} sold {a} {things}, on Tuesday {b}. How many {things} were sold on both days?",
            "{name} got {a} {things} from {other} and {b} from an aunt. How many {things} is that?",
        ),
    ),
    (
        _take,
        (
            "{name} had {a} {things} and gave {b} to {other}. How many {things} are left?",
            "Of the {a} {things} in the {place}, {b} are broken. How many {things} are whole?",
            "{name} needs {a} {things} and has {b}. How many {things} are missing?",
        ),
    ),
    (
        _times,
        (
            "Each {place} holds {a} {things}. How many {things} do {b} of them hold?",
            "{name} buys {b} packs of {a} {things} each. How many {things} does {name} buy?",
            "{other} lays {a} {things} into each of {b} rows. How many {things} are laid?",
        ),
    ),
    (
        _add_and_take,
        (
            "{name} has {a} {things}, gets {b} more and loses {c}. How many {things} does {name} keep?",
            "A {place} holds {a} {things}. {name} adds {b}, {other} takes {c}. How many {things} are in it?",
        ),
    ),
)
_ENDINGS = (
    "The answer is {result} {things}.",
    "So it is {result} {things}.",
    "That makes {result} {things}.",
)


def problems(rng: random.Random, names: tuple[str, ...]) -> Iterator[Pair]:
    """Endless, each question once."""
    asked: set[str] = set()
    while True:
        draw, questions = rng.choice(_TEMPLATES)
        drawn = draw(rng)
        name, other = rng.sample(names, 2)
        words = {"name": name, "other": other, "things": rng.choice(_THINGS), "place": rng.choice(_PLACES)}
        question = rng.choice(questions).format(**words, **drawn.numbers)
        if question not in asked:
            asked.add(question)
            ending = rng.choice(_ENDINGS).format(result=drawn.result, **words)
            yield Pair(question, f"{drawn.working}. {ending}")


def trained_on(rng: random.Random) -> Iterator[Pair]:
    """The problems that a trial trains on."""
    return problems(rng, _NAMES)


def known_to_the_base(rng: random.Random) -> Iterator[Pair]:
    """Problems about other people: what a base model that can add has met before it is tuned."""
    return problems(rng, _OTHER_NAMES)
