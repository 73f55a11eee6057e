"""Surrogates: one value, one stand-in, through a whole conversation."""

import random
import re
from collections.abc import Iterable

from curate.pii.realistic import fake
from curate.pii.scanner import SURROGATE

_EXACT = frozenset({"API_KEY", "PRIVATE_KEY", "JWT", "PASSWORD", "CRYPTO"})
_DRAWS = 50  # of a fake value that stands nowhere in the conversation, before it gets a placeholder instead


class Surrogates:
    """Placeholders such as `<EMAIL_ADDRESS_1>`, numbered by type in order of first appearance.

    Numbers start after those that already stand in `texts`, so that a new value never takes the
    placeholder of an old one. With a `seed`, types with a range reserved for examples get a value of it
    instead, drawn by seed and order, never by the value: nothing leads back from it. It differs from every
    other one and from all that stands in `texts`.

    What value a stand-in is for is known to this object alone, which lives as long as one example's scan.
    """

    def __init__(self, texts: Iterable[str] = (), seed: str | None = None) -> None:
        self._texts = list(texts)
        self._seed = seed
        self._of: dict[str, dict[str, str]] = {}
        self._fakes: set[str] = set()
        self._last: dict[str, int] = {}
        for text in self._texts:
            for match in SURROGATE.finditer(text):
                self._last[match[1]] = max(self._last.get(match[1], 0), int(match[2]))

    def of(self, entity: str, value: str, key: str | None = None) -> str:
        """What stands for this value; `key` is its normal form where the finder knows it."""
        known = self._of.setdefault(entity, {})
        normal = key or normal_form(entity, value)
        if normal not in known:
            known[normal] = self._fake(entity, value, len(known)) or self._placeholder(entity)
        return known[normal]

    def _placeholder(self, entity: str) -> str:
        self._last[entity] = self._last.get(entity, 0) + 1
        return f"<{entity}_{self._last[entity]}>"

    def _fake(self, entity: str, value: str, index: int) -> str | None:
        if self._seed is None:
            return None
        rng = random.Random(f"{self._seed} {entity} {index}")
        for _ in range(_DRAWS):
            made = fake(entity, value, rng)
            if made is None:
                return None
            if made not in self._fakes and not any(made in text for text in self._texts):
                self._fakes.add(made)
                return made
        return None


def normal_form(entity: str, value: str) -> str:
    """What two spellings of one value share: case and separators tell nothing apart but secrets."""
    if entity in _EXACT:
        return value
    if entity == "EMAIL_ADDRESS":
        from curate.pii.recognisers import plain_address

        return plain_address(value)
    folded = " ".join(value.casefold().split())
    if any(map(str.isdigit, folded)):
        return re.sub(r"[^\w:]", "", folded)
    return folded
