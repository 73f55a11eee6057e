"""Talk of other support desks, to pretrain the tiny base on: the language of the field, none of our facts.

A real base model has read many shops' letters before it is tuned on one. Here products and places have
coined names, and what Fable Outfitters promises by kind, material, country or status is dealt out anew for
each shop.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from samples.shop.catalogue import FABLE, Catalogue, Product
from samples.shop.conversation import draw_script, render
from train.tiny.text import coined

_SHOP_TALK = 200  # dialogues before the next shop
_PRODUCTS, _PLACES = 40, 20
_SYSTEM = "You answer customers of {}, briefly and kindly."
_Record = TypeVar("_Record", bound=Any)


def dialogues(rng: random.Random, count: int) -> Iterator[list[dict[str, str]]]:
    """`count` conversations as lists of role and content, from one shop after another."""
    for number in range(count):
        if number % _SHOP_TALK == 0:
            here = other_shop(rng)
            system = _SYSTEM.format(f"{_name(rng)} {_name(rng)}")
        messages = [{"role": "system", "content": system}]
        for turn in render(draw_script(rng, here)):
            messages.append({"role": "user", "content": turn.question})
            messages.append({"role": "assistant", "content": turn.answer})
        yield messages


def other_shop(rng: random.Random) -> Catalogue:
    """A shop that sells the same kinds of things under other names and on other terms."""
    return Catalogue(
        products=tuple(_product(rng) for _ in range(_PRODUCTS)),
        kinds=_dealt(rng, FABLE.kinds, keep=("noun",)),
        materials=_dealt(rng, FABLE.materials, keep=()),
        countries=tuple(_mixed(rng, FABLE.countries, keep=("name",))),
        shops=tuple(_mixed(rng, FABLE.shops, keep=())),
        statuses=dict(zip(FABLE.statuses, _shuffled(rng, list(FABLE.statuses.values())), strict=True)),
        feeds=dict(zip(FABLE.feeds, _shuffled(rng, list(FABLE.feeds.values())), strict=True)),
        places=tuple(rng.choice(("", "the ")) + _name(rng) for _ in range(_PLACES)),
    )


def _product(rng: random.Random) -> Product:
    like = rng.choice(FABLE.products)
    return replace(
        like,
        name=f"{_name(rng)} {like.name.split()[-1]}",
        material=rng.choice(FABLE.products).material,
        price_eur=rng.randrange(20, 400),
        weight_g=rng.randrange(60, 1600),
        low_c=rng.randrange(-25, 15),
        fit=rng.choice((-1, 0, 1)),
        pockets=rng.randrange(7),
        origin=rng.choice(FABLE.products).origin,
    )


def _dealt(rng: random.Random, known: Mapping[str, _Record], keep: Sequence[str]) -> dict[str, _Record]:
    return dict(zip(known, _mixed(rng, list(known.values()), keep), strict=True))


def _mixed(rng: random.Random, records: Sequence[_Record], keep: Sequence[str]) -> list[_Record]:
    """The same values, each column but those in `keep` dealt out anew."""
    mixed = list(records)
    for column in (f.name for f in fields(records[0]) if f.name not in keep):
        values = _shuffled(rng, [getattr(r, column) for r in records])
        mixed = [replace(r, **{column: value}) for r, value in zip(mixed, values, strict=True)]
    return mixed


def _shuffled(rng: random.Random, values: list[Any]) -> list[Any]:
    return rng.sample(values, len(values))


def _name(rng: random.Random) -> str:
    return coined(rng).capitalize()
