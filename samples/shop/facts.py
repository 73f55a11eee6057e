"""Drawing what a row is about, and the facts that its question and answer may name.

Facts depend on the subject alone, never on the random source that chose it.
"""

import random

from samples.shop import catalogue as shop
from samples.shop.topics import Subject

Facts = dict[str, str]

_LAYERS = {"shell": "a fleece", "fleece": "a shell", "parka": "a wool layer", "trousers": "leggings"}
_RUNS = {-1: "runs small", 0: "fits true to size", 1: "runs large"}


def draw(rng: random.Random, subject: Subject, here: shop.Catalogue = shop.FABLE) -> Facts:
    """A situation and a subject at one shop: product facts always, and what the subject adds."""
    product = rng.choice([p for p in here.products if p.water_mm or subject != "waterproof"])
    facts = {"place": rng.choice(here.places), "month": rng.choice(shop.MONTHS), **_of_product(product, here)}
    match subject:
        case "size":
            facts |= _of_size(product, rng.randrange(1, 5))
        case "country":
            facts |= _of_country(product, rng.choice(here.countries))
        case "shop":
            facts |= _of_shop(rng.choice(here.shops))
        case "status":
            facts |= _of_status(rng.choice(sorted(here.statuses)), here) | {
                "order": f"FO-{rng.randrange(10**5, 10**6)}"
            }
        case "pair":
            facts |= _of_pair(product, rng.choice([p for p in here.products if _comparable(p, product)]))
        case "feed":
            facts |= _of_shop(rng.choice(here.shops)) | _of_feed(rng.choice(sorted(here.feeds)), here)
        case _:
            pass
    return facts


def _of_product(product: shop.Product, here: shop.Catalogue) -> Facts:
    kind, material = here.kinds[product.kind], here.materials[product.material]
    colours = _colours(product, here)
    return {
        "name": product.name,
        "kind": kind.noun,
        "kinds": f"{kind.noun}s",
        "material": product.material,
        "price": str(product.price_eur),
        "weight": f"{product.weight_g:,}",
        "water": f"{product.water_mm:,}",
        "rain": _rain(product.water_mm),
        "low": _degrees(product.low_c),
        "layer": _LAYERS.get(product.kind, "a second pair" if product.kind != "hat" else "a hood"),
        "pockets": {0: "no pockets", 1: "one pocket"}.get(product.pockets, f"{product.pockets} pockets"),
        "origin": product.origin,
        "wash": material.wash,
        "dry": material.dry,
        "avoid": material.avoid,
        "return_days": str(kind.return_days),
        "warranty": _counted(kind.warranty_years, "year"),
        "fault": kind.fault,
        "fault_start": _start(kind.fault),
        "repair_eur": str(kind.repair_eur),
        "repair_weeks": _counted(kind.repair_weeks, "week"),
        "repair_weeks_start": _start(_counted(kind.repair_weeks, "week")),
        "colour": colours[0],
        "colours": f"{colours[0]}, {colours[1]} and {colours[2]}",
        "colours_or": f"{colours[0]}, {colours[1]} or {colours[2]}",
        "colours_start": _start(f"{colours[0]}, {colours[1]} and {colours[2]}"),
        "points": str(2 * product.price_eur),
        "student": f"{product.price_eur * 0.8:.2f}",
    }  # fmt: skip


def _of_size(product: shop.Product, position: int) -> Facts:
    return {
        "size": shop.SIZES[position],
        "size_up": shop.SIZES[position + 1],
        "size_right": shop.SIZES[position - product.fit],
        "runs": _RUNS[product.fit],
    }


def _of_country(product: shop.Product, country: shop.Country) -> Facts:
    free = product.price_eur >= country.free_from_eur
    return {
        "country": country.name,
        "days": country.days,
        "carrier": country.carrier,
        "postage": str(country.postage_eur),
        "free_from": str(country.free_from_eur),
        "postage_due": "free" if free else f"for {country.postage_eur} euros",
        "payment": country.payment,
    }


def _of_shop(place: shop.Shop) -> Facts:
    return {"city": place.city, "street": place.street, "hours": place.hours, "closed": place.closed}


def _of_status(status: str, here: shop.Catalogue) -> Facts:
    means, when = here.statuses[status]
    return {"status": status, "status_start": _start(status), "status_means": means, "status_when": when}


def _of_feed(feed: str, here: shop.Catalogue) -> Facts:
    every, file_format, path = here.feeds[feed]
    return {
        "feed": feed,
        "feed_every": every,
        "feed_every_start": _start(every),
        "feed_format": file_format,
        "feed_path": path,
    }


def _of_pair(one: shop.Product, other: shop.Product) -> Facts:
    light, heavy = sorted((one, other), key=lambda p: p.weight_g)
    warm, cold = sorted((one, other), key=lambda p: p.low_c)
    return {
        "other": other.name,
        "lighter": light.name,
        "heavier": heavy.name,
        "lighter_g": f"{light.weight_g:,}",
        "heavier_g": f"{heavy.weight_g:,}",
        "gap_g": f"{heavy.weight_g - light.weight_g:,}",
        "warmer": warm.name,
        "colder": cold.name,
        "warmer_c": _degrees(warm.low_c),
        "colder_c": _degrees(cold.low_c),
    }


def _comparable(a: shop.Product, b: shop.Product) -> bool:
    return a.weight_g != b.weight_g and a.low_c != b.low_c


def _colours(product: shop.Product, here: shop.Catalogue) -> list[str]:
    """Three colours that hang on the product's place in the catalogue."""
    start = here.products.index(product)
    return [shop.COLOURS[(start * 5 + step) % len(shop.COLOURS)] for step in (0, 3, 7)]


def _rain(water_mm: int) -> str:
    return "a day of storm" if water_mm >= 15_000 else "steady rain" if water_mm >= 8_000 else "a shower"


def _degrees(value: int) -> str:
    return f"minus {-value}" if value < 0 else str(value)


def _counted(number: int, noun: str) -> str:
    return f"one {noun}" if number == 1 else f"{number} {noun}s"


def _start(text: str) -> str:
    return text[:1].upper() + text[1:]
