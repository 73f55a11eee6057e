"""Gates that need a model: named entities kept, and a meaning near to the original's.

Both look at many answers at a time. Without the model a gate does not exist, which the recipe decides:
`pii.ner` names the one, `dedup.semantic` the other. They judge rewritings; a new example has nothing to keep.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from curate.augment.verdict import Refused
from curate.meaning.embedding import DIGITS, Encode
from schemas.recipe import Recipe

_NAMED = 5  # entities named in a retry

Entities = Callable[[Sequence[str]], list[frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Senses:
    """`entities` gives the names in each text, `encode` a vector for each; None where there is no model."""

    entities: Entities | None = field(default=None)
    encode: Encode | None = field(default=None)
    min_cosine: float = field(default=0.6)

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Refused | None]:
        """For each pair of old and new text the gate that it does not pass."""
        verdicts: list[Refused | None] = [None] * len(pairs)
        if self.entities is not None and pairs:
            verdicts = _names_kept(self.entities, pairs)
        if self.encode is not None and pairs:
            meant = _meaning_kept(self.encode, pairs, self.min_cosine)
            verdicts = [a or b for a, b in zip(verdicts, meant, strict=True)]
        return verdicts


def _names_kept(entities: Entities, pairs: Sequence[tuple[str, str]]) -> list[Refused | None]:
    found = entities([old for old, _ in pairs])
    return [_lost(names, new) for names, (_, new) in zip(found, pairs, strict=True)]


def _meaning_kept(encode: Encode, pairs: Sequence[tuple[str, str]], least: float) -> list[Refused | None]:
    vectors = np.asarray(encode([text for pair in pairs for text in pair]), dtype=np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(lengths > 0, lengths, 1.0)
    cosines = np.round((vectors[0::2] * vectors[1::2]).sum(axis=1), DIGITS)
    words = "it means something else than the original; keep its meaning"
    return [Refused("meaning", words, float(c), least) if c < least else None for c in cosines]


def senses_of(recipe: Recipe, root: Path) -> Senses:
    """With the models that the recipe names. Raises MissingPackage, RecipeError."""
    entities = encode = None
    if recipe.pii is not None and recipe.pii.ner is not None:
        entities = _by_spacy(recipe.pii.ner, root)
    if recipe.dedup is not None and recipe.dedup.semantic is not None:
        from curate.meaning.sentence_model import make_embedder

        encode = make_embedder(recipe.dedup.semantic.model, root).encode
    least = recipe.augment.min_cosine if recipe.augment is not None else 0.6
    return Senses(entities, encode, least)


# What a rewording may well put differently: amounts, dates and the like are literals, where they have digits.
_NOT_NAMES = frozenset(["CARDINAL", "ORDINAL", "DATE", "TIME", "QUANTITY", "PERCENT", "MONEY", "LANGUAGE"])


def _by_spacy(model: str, root: Path) -> Entities:
    from curate.pii.ner import load, locate

    locate(model, root)

    def entities(texts: Sequence[str]) -> list[frozenset[str]]:
        documents = load(model, root).pipe(texts)
        return [frozenset(e.text for e in doc.ents if e.label_ not in _NOT_NAMES) for doc in documents]

    return entities


def _lost(names: frozenset[str], new: str) -> Refused | None:
    said = new.casefold()
    lost = sorted(name for name in names if name.casefold() not in said)
    if not lost:
        return None
    return Refused("entity_lost", f"these names must be kept: {', '.join(lost[:_NAMED])}")
