"""Four tasks whose answers follow rules: prices, return windows, unit conversions, small arithmetic.

Each is asked in two ways, that of a web form and that of a mail, which are two sources. The base model knows
the words and copies what a question holds; what the answer is must be learned from the rows, which ask for
each of some fifty facts a task several times.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GOODS = _words("lamp rope coat vase kite drum sofa tent bell comb desk fork")
_WINDOWS = (14, 30, 45, 60)
_UNITS = (
    ("kilograms", "grams", 1000),
    ("metres", "centimetres", 100),
    ("hours", "minutes", 60),
    ("weeks", "days", 7),
    ("dozens", "pieces", 12),
)
_SIGNS = ("plus", "times")
_PRICE = ("What does {} cost?", "How many coins is {}?", "Tell me the price of {}.", "Price of {}?")
_WINDOW = (
    "How long may I return {}?",
    "Can I send {} back, and until when?",
    "Within how many days does {} go back?",
    "Return of {}, how many days?",
)
_CONVERSION = (
    "How many {small} are {n} {large}?",
    "Convert {n} {large} to {small}.",
    "{n} {large} in {small}?",
)
_SUM = ("What is {a} {sign} {b}?", "Calculate {a} {sign} {b}.", "{a} {sign} {b} makes what?")
TASKS = ("prices", "returns", "units", "sums")
WAYS = ("web", "mail")
_REPEATS = 2_000  # in succession
_OPENINGS = ("Hello,", "Dear team,", "Good day,", "Hi there,", "Please help:")
_CLOSINGS = ("thank you", "many thanks", "best wishes", "regards", "see you soon")


@dataclass(frozen=True, slots=True)
class Row:
    """A question and its answer, `way` how it came."""

    task: str
    way: str
    prompt: str
    answer: str


@dataclass(frozen=True, slots=True)
class Shop:
    """What must be learned: coins and days by article."""

    prices: dict[str, int]
    windows: dict[str, int]

    @classmethod
    def drawn(cls, rng: random.Random) -> "Shop":
        prices = rng.sample(range(12, 99), len(GOODS))
        return cls(dict(zip(GOODS, prices, strict=True)), {one: rng.choice(_WINDOWS) for one in GOODS})


def rows(rng: random.Random, shop: Shop, task: str, way: str) -> Iterator[Row]:
    """Each question once, until hardly any is left that was not asked."""
    asked: set[str] = set()
    repeats = 0
    while repeats < _REPEATS:
        question, answer = _DRAWS[task](rng, shop)
        prompt = _said(rng, way, question)
        if prompt in asked:
            repeats += 1
            continue
        asked.add(prompt)
        repeats = 0
        yield Row(task, way, prompt, answer)


def known_to_the_base(rng: random.Random, count: int) -> Iterator[Row]:
    """What a base model has read before it is tuned: the same words, and the number of every answer drawn at
    random."""
    for _ in range(count):
        shop, task = Shop.drawn(rng), rng.choice(TASKS)
        question, answer = _DRAWS[task](rng, shop)
        if task in ("units", "sums"):
            *_, last = re.finditer(r"\d+", answer)
            number = rng.randint(2, 10 ** len(last[0]))
            answer = f"{answer[: last.start()]}{number}{answer[last.end() :]}"
        yield Row(task, "web", _said(rng, rng.choice(WAYS), question), answer)


def _said(rng: random.Random, way: str, question: str) -> str:
    if way == "web":
        return question
    return f"{rng.choice(_OPENINGS)} {question} {rng.choice(_CLOSINGS)}"


def _price(rng: random.Random, shop: Shop) -> tuple[str, str]:
    article, count = rng.choice(list(shop.prices)), rng.choice(("one", "a single", "the", "this", "your"))
    asked = rng.choice(_PRICE)
    return asked.format(f"{count} {article}"), f"The {article} costs {shop.prices[article]} coins."


def _window(rng: random.Random, shop: Shop) -> tuple[str, str]:
    article, which = rng.choice(list(shop.windows)), rng.choice(("the", "a", "my", "our", "this"))
    asked = rng.choice(_WINDOW)
    days = shop.windows[article]
    return asked.format(f"{which} {article}"), f"You may return the {article} within {days} days."


def _conversion(rng: random.Random, shop: Shop) -> tuple[str, str]:  # noqa: ARG001
    (large, small, factor), n = rng.choice(_UNITS), rng.randint(2, 10)
    asked = rng.choice(_CONVERSION)
    return asked.format(small=small, large=large, n=n), f"{n} {large} are {n * factor} {small}."


def _sum(rng: random.Random, shop: Shop) -> tuple[str, str]:  # noqa: ARG001
    sign, a, b = rng.choice(_SIGNS), rng.randint(2, 6), rng.randint(2, 6)
    result = a + b if sign == "plus" else a * b
    asked = rng.choice(_SUM)
    return asked.format(a=a, b=b, sign=sign), f"{a} {sign} {b} is {result}."


_DRAWS = {"prices": _price, "returns": _window, "units": _conversion, "sums": _sum}
