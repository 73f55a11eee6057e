"""Tokens broken into smaller ones at random, as BPE dropout (Provilkov et al. 2020) leaves out merges.

A word that a base never met comes to it in small pieces, which it reads only if it has met small pieces.
The tokenizers library's own dropout cannot be seeded, and the base must be the same for the same seed.
"""

import random
from collections.abc import Sequence
from typing import Any

_RATE = 0.15


class Speller:
    """Breaks tokens of one tokenizer; control tokens stay whole."""

    def __init__(self, tokenizer: Any) -> None:
        self._ids: dict[str, int] = tokenizer.get_vocab()
        self._tokens = {i: token for token, i in self._ids.items()}
        self._whole = set(tokenizer.all_special_ids)
        self._cuts: dict[int, list[tuple[int, int]]] = {}

    def __call__(self, ids: Sequence[int], rng: random.Random) -> list[int]:
        """The same text, each token broken in two with a chance of 15 %, and so its parts."""
        return [piece for i in ids for piece in self._broken(i, rng)]

    def _broken(self, token: int, rng: random.Random) -> list[int]:
        if token in self._whole or rng.random() >= _RATE:
            return [token]
        cuts = self._cuts_of(token)
        if not cuts:
            return [token]
        left, right = rng.choice(cuts)
        return [*self._broken(left, rng), *self._broken(right, rng)]

    def _cuts_of(self, token: int) -> list[tuple[int, int]]:
        """The pairs of tokens that spell this one."""
        if token not in self._cuts:
            text = self._tokens[token]
            halves = ((text[:at], text[at:]) for at in range(1, len(text)))
            self._cuts[token] = [
                (self._ids[a], self._ids[b]) for a, b in halves if a in self._ids and b in self._ids
            ]
        return self._cuts[token]
