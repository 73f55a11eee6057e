"""Surrogates: one value, one placeholder, through a whole conversation."""

import re
from collections.abc import Iterable

from curate.pii.scanner import SURROGATE

_EXACT = frozenset({"API_KEY", "PRIVATE_KEY", "JWT", "PASSWORD", "CRYPTO"})


class Surrogates:
    """Placeholders such as `<EMAIL_ADDRESS_1>`, numbered by type in order of first appearance.

    Numbers start after those that already stand in `texts`, so that a new value never takes the
    placeholder of an old one.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._numbers: dict[str, dict[str, int]] = {}
        self._last: dict[str, int] = {}
        for text in texts:
            for match in SURROGATE.finditer(text):
                self._last[match[1]] = max(self._last.get(match[1], 0), int(match[2]))

    def of(self, entity: str, value: str, key: str | None = None) -> str:
        """The placeholder of this value; `key` is its normal form where the finder knows it."""
        numbers = self._numbers.setdefault(entity, {})
        normal = key or normal_form(entity, value)
        if normal not in numbers:
            self._last[entity] = numbers[normal] = self._last.get(entity, 0) + 1
        return f"<{entity}_{numbers[normal]}>"


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
