"""The leak certificate: what of one split can be read in another, counted over the finished rows.

It uses no result of dedup or split, and another search: an exact join instead of MinHash.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from curate.similarity.pairs import find_pairs_across
from curate.similarity.sets import Sets
from curate.similarity.shingles import Shingles
from curate.similarity.words import folded, spoken_all
from schemas import recipe
from schemas.example import Example
from schemas.manifest import Leaks


def certify(rows: Sequence[Example], settings: recipe.Dedup | None) -> Leaks:
    """Pairs of rows in different splits that are near duplicates at the threshold of `settings` (its default
    for None) or have the same folded prompt, each pair once; and groups with rows in more than one split."""
    settings = settings or recipe.Dedup()
    splits = [row.split or "" for row in rows]
    prompts = [folded(row.prompt) for row in rows]
    near = _near_across(Sets.of(Shingles.of(spoken_all(rows), settings.shingle)), splits, prompts, settings)
    same_prompt = _pairs_across(Counter((p, s) for p, s in zip(prompts, splits, strict=True) if p))
    groups: dict[str, set[str]] = defaultdict(set)
    for row, split in zip(rows, splits, strict=True):
        if row.group_id is not None:
            groups[row.group_id].add(split)
    return Leaks(
        cross_split_pairs=near + same_prompt, cross_split_groups=sum(len(s) > 1 for s in groups.values())
    )


def _near_across(sets: Sets, splits: Sequence[str], prompts: Sequence[str], settings: recipe.Dedup) -> int:
    """Near pairs across splits whose prompts are not the same."""
    names = sorted(set(splits))
    split_of = np.array([names.index(split) for split in splits], dtype=np.int32)
    lowest = np.full(len(sets), len(names), dtype=np.int32)
    highest = np.full(len(sets), -1, dtype=np.int32)
    np.minimum.at(lowest, sets.node_of, split_of)
    np.maximum.at(highest, sets.node_of, split_of)
    pairs = find_pairs_across(sets, np.where(lowest == highest, lowest, np.int32(-1)), settings.threshold)
    mixed = np.flatnonzero((lowest != highest) & (sets.sizes > 0))
    wanted = set(np.concatenate([mixed, pairs.left, pairs.right]).tolist())
    rows: dict[int, list[int]] = defaultdict(list)
    for row, node in enumerate(sets.node_of.tolist()):
        if node in wanted:
            rows[node].append(row)
    counts = {node: _Counts(members, splits, prompts) for node, members in rows.items()}
    within = sum(counts[node].within() for node in mixed.tolist())
    return within + sum(
        counts[a].with_others(counts[b])
        for a, b in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
    )


class _Counts:
    """How many rows of one shingle set stand in each split, in all and by prompt."""

    def __init__(self, rows: Iterable[int], splits: Sequence[str], prompts: Sequence[str]) -> None:
        self.by_split = Counter(("", splits[row]) for row in rows)
        self.by_prompt = Counter((prompts[row], splits[row]) for row in rows if prompts[row])

    def within(self) -> int:
        return _pairs_across(self.by_split) - _pairs_across(self.by_prompt)

    def with_others(self, other: "_Counts") -> int:
        both = _Counts((), (), ())
        both.by_split = self.by_split + other.by_split
        both.by_prompt = self.by_prompt + other.by_prompt
        return both.within() - self.within() - other.within()


def _pairs_across(counts: Mapping[tuple[str, str], int]) -> int:
    """Pairs with the same key in different splits, counted without listing them; `counts` by key and
    split."""
    by_key: dict[str, list[int]] = defaultdict(list)
    for (key, _), count in counts.items():
        by_key[key].append(count)
    return sum((sum(each) ** 2 - sum(n * n for n in each)) // 2 for each in by_key.values())
