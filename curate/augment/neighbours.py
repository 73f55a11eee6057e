"""Children against all splits and each other: which stand too near to something that is not their family.

Two texts are near as in dedup: Jaccard similarity of word n-gram sets over user and assistant text. A child
that rewrites its parent shares a side of it, so parent and siblings are its family and do not count by that
measure; siblings are near where their prompts are and their answers are, too. A new example, written after
seeds, has no family: it must stand apart from them as from everyone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from curate.augment.plan import TRAIN
from curate.similarity.index import near_pairs
from curate.similarity.shingles import jaccard
from curate.similarity.words import folded, spoken_all, words
from schemas.example import Example
from schemas.recipe import Dedup


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What a child stands too near to. `reason` is `near_duplicate` or `leak:<split>`."""

    reason: str
    matched_id: str
    jaccard: float


def too_near(rows: Sequence[Example], children: Sequence[Example], settings: Dedup) -> dict[int, Neighbour]:
    """By index into `children`. Of two children that are near each other the later one is named, so that one
    of them stays; a leak is named before a duplicate, and the nearest neighbour before others."""
    found: dict[int, Neighbour] = {}
    beside_rows: dict[int, list[Neighbour]] = {}
    earlier: dict[int, list[tuple[int, float]]] = {}
    for index, other, score in _near(rows, children, settings):
        if other < len(rows):
            row = rows[other]
            reason = "near_duplicate" if row.split == TRAIN else f"leak:{row.split}"
            beside_rows.setdefault(index, []).append(Neighbour(reason, row.example_id, score))
        else:
            earlier.setdefault(index, []).append((other - len(rows), score))
    for index in range(len(children)):
        close = beside_rows.get(index, [])
        close += [
            Neighbour("near_duplicate", children[other].example_id, score)
            for other, score in earlier.get(index, ())
            if other not in found
        ]
        if close:
            found[index] = min(close, key=lambda n: (n.reason == "near_duplicate", -n.jaccard, n.matched_id))
    return found


def _near(
    rows: Sequence[Example], children: Sequence[Example], settings: Dedup
) -> Iterator[tuple[int, int, float]]:
    """(index of a child, index of a row or of an earlier child behind all rows, Jaccard), family left out."""
    everyone = [*rows, *children]
    first = len(rows)
    for low, high, score in _pairs(spoken_all(everyone), settings):
        if high >= first and not _family(everyone[low], everyone[high]):
            yield high - first, low, score
    for low, high, score in _pairs([c.prompt for c in children], settings):
        one, other = children[low], children[high]
        if one.parent_id == other.parent_id:
            answers = _alike(one.answer, other.answer, settings.shingle)
            if answers >= settings.threshold:
                yield high, first + low, min(score, answers)
    yield from _held_out_prompts(rows, children)
    yield from _same_id(everyone, first)


def _held_out_prompts(
    rows: Sequence[Example], children: Sequence[Example]
) -> Iterator[tuple[int, int, float]]:
    """Children that ask what a validation or test example asks: the leak certificate counts those, too."""
    asked = {folded(row.prompt): at for at, row in enumerate(rows) if row.split != TRAIN}
    for index, child in enumerate(children):
        prompt = folded(child.prompt)
        if prompt and prompt in asked:
            yield index, asked[prompt], 1.0


def _pairs(texts: list[str], settings: Dedup) -> Iterator[tuple[int, int, float]]:
    for pair in near_pairs(texts, settings):
        yield min(pair.i, pair.j), max(pair.i, pair.j), pair.jaccard


def _alike(left: str, right: str, size: int) -> float:
    """The exact Jaccard similarity; 1.0 for two texts of the same words, none included."""
    a, b = words(left), words(right)
    return 1.0 if a == b else jaccard(_shingles(a, size), _shingles(b, size))


def _shingles(found: Sequence[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(found[at : at + size]) for at in range(max(1, len(found) - size + 1))}


def _family(other: Example, child: Example) -> bool:
    if other.split != TRAIN or _invented(other) or _invented(child):
        return False
    return child.parent_id in (other.example_id, other.parent_id)


def _invented(example: Example) -> bool:
    origin = example.metadata.get("augment")
    return isinstance(origin, dict) and "seeds" in origin


def _same_id(everyone: Sequence[Example], first: int) -> Iterator[tuple[int, int, float]]:
    """Texts without a word have no n-grams to compare, yet an id must stand for one row."""
    seen: dict[str, int] = {}
    for index, example in enumerate(everyone):
        if index >= first and example.example_id in seen:
            yield index - first, seen[example.example_id], 1.0
        seen.setdefault(example.example_id, index)
