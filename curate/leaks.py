"""The leak certificate: what of one split can be read in another, counted over the finished rows.

It uses no result of dedup or split, and misses no pair: an exact join instead of MinHash. Where rows only
went since an earlier certificate, that one's pairs are looked at again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.similarity.different import Different
from curate.similarity.features import set_facts
from curate.similarity.joins import pairs_across
from curate.similarity.row_texts import Turns, all_folded, pieces
from curate.similarity.sets import numbered
from curate.similarity.words import folded
from schemas import recipe
from schemas.arrays import Ints, Uint64s
from schemas.example import Example
from schemas.manifest import Leaks
from schemas.stage import Rows

_NO_PROMPT = np.uint64(0)


def certify(rows: Rows, splits: npt.NDArray[np.bytes_], settings: recipe.Dedup | None) -> Leaks:
    """Pairs of rows in different splits that are near duplicates at the threshold of `settings` (its default
    for None) or have the same folded prompt, each pair once; and groups with rows in more than one split.
    `splits` are the names of the rows' splits."""
    settings = settings or recipe.Dedup()
    split_of = numbered(splits)[0]
    found = rows.features(PromptsFeature(), only=("prompt",))
    prompts = np.concatenate([np.empty(0, np.uint64), *(part["prompt"] for part in found)])
    near = _near_across(rows, split_of, prompts, settings)
    asked = np.flatnonzero(prompts != _NO_PROMPT)
    groups = rows.column("group_id")
    grouped = np.flatnonzero(groups != b"")
    return Leaks(
        cross_split_pairs=near + _pairs_alike(prompts[asked], split_of[asked]),
        cross_split_groups=_in_several(groups[grouped], split_of[grouped]),
    )


class PromptsFeature:
    """A hash of each row's folded prompt; 0 where it has none."""

    key = "prompts/1"

    def __call__(self, rows: Sequence[Example]) -> dict[str, npt.NDArray[Any]]:
        return _prompts(folded(row.prompt).encode("utf-8", "surrogatepass") for row in rows)

    def of_table(self, rows: pa.Table) -> dict[str, npt.NDArray[Any]]:
        return _prompts(pieces(all_folded(Turns.of(rows).lines("user"))))


def _prompts(folded_ones: Iterable[bytes | memoryview]) -> dict[str, npt.NDArray[Any]]:
    return {"prompt": np.array([_hash(prompt) if prompt else 0 for prompt in folded_ones], np.uint64)}


def _hash(text: bytes | memoryview) -> int:
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def _pairs_alike(keys: npt.NDArray[Any], split_of: Ints) -> int:
    """Pairs with the same key in different splits, counted without listing them."""
    counts = _counts(keys, split_of)
    return int((counts.sum(axis=1) ** 2).sum() - (counts**2).sum()) // 2


def _in_several(groups: npt.NDArray[np.bytes_], split_of: Ints) -> int:
    """Groups with rows in more than one split."""
    return int(((_counts(groups, split_of) > 0).sum(axis=1) > 1).sum())


def _counts(keys: npt.NDArray[Any], split_of: Ints) -> Ints:
    """Rows of each key, a row of the table, in each split."""
    key, first = numbered(keys)
    splits = int(split_of.max(initial=-1)) + 1
    cells = np.bincount(key * splits + split_of, minlength=len(first) * splits)
    return cells.reshape(len(first), splits)


def _near_across(rows: Rows, split_of: Ints, prompts: Uint64s, settings: recipe.Dedup) -> int:
    """Near pairs across splits whose prompts are not the same."""
    facts = set_facts(rows, "spoken", settings.shingle)
    different, number = Different.numbered(facts.sets, facts.sizes)
    spoken = np.flatnonzero(number >= 0)
    lowest = np.full(len(different), int(split_of.max(initial=0)) + 1, dtype=np.int32)
    highest = np.full(len(different), -1, dtype=np.int32)
    split_of_spoken = split_of[spoken].astype(np.int32)  # as the two are, or numpy goes one by one
    np.minimum.at(lowest, number[spoken], split_of_spoken)
    np.maximum.at(highest, number[spoken], split_of_spoken)
    kinds = np.where(lowest == highest, lowest, np.int32(-1))
    left, right = pairs_across(rows, settings, different, kinds)
    mixed = np.flatnonzero(lowest != highest)
    wanted = np.isin(number, np.concatenate([mixed, left, right]))
    members: dict[int, list[int]] = defaultdict(list)
    for row in np.flatnonzero(wanted).tolist():
        members[int(number[row])].append(row)
    counts = {node: _Spread(own, split_of, prompts) for node, own in members.items()}
    within = sum(counts[node].within() for node in mixed.tolist())
    return within + sum(
        counts[a].with_others(counts[b]) for a, b in zip(left.tolist(), right.tolist(), strict=True)
    )


class _Spread:
    """How many rows of one shingle set stand in each split, in all and by prompt."""

    def __init__(self, rows: Iterable[int], split_of: Ints, prompts: Uint64s) -> None:
        rows = list(rows)
        self.by_split = Counter((0, int(split_of[row])) for row in rows)
        self.by_prompt = Counter(
            (int(prompts[row]), int(split_of[row])) for row in rows if prompts[row] != _NO_PROMPT
        )

    def within(self) -> int:
        return _pairs_across(self.by_split) - _pairs_across(self.by_prompt)

    def with_others(self, other: "_Spread") -> int:
        both = _Spread((), np.empty(0, np.int64), np.empty(0, np.uint64))
        both.by_split = self.by_split + other.by_split
        both.by_prompt = self.by_prompt + other.by_prompt
        return both.within() - self.within() - other.within()


def _pairs_across(counts: Mapping[tuple[int, int], int]) -> int:
    """Pairs with the same key in different splits; `counts` by key and split."""
    by_key: dict[int, list[int]] = defaultdict(list)
    for (key, _), count in counts.items():
        by_key[key].append(count)
    return sum((sum(each) ** 2 - sum(n * n for n in each)) // 2 for each in by_key.values())
