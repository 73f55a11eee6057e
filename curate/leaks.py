"""The leak certificate: what of one split can be read in another, counted over the finished rows.

It uses no result of dedup or split, and another search: an exact join instead of MinHash.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from curate.similarity.join import pairs_across
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
    shingles = Shingles(spoken_all(rows), settings.shingle)
    near = sum(
        not prompts[a] or prompts[a] != prompts[b]
        for a, b in pairs_across(shingles, splits, settings.threshold)
    )
    same_prompt = _pairs_across((p, s) for p, s in zip(prompts, splits, strict=True) if p)
    groups: dict[str, set[str]] = defaultdict(set)
    for row, split in zip(rows, splits, strict=True):
        if row.group_id is not None:
            groups[row.group_id].add(split)
    return Leaks(
        cross_split_pairs=near + same_prompt, cross_split_groups=sum(len(s) > 1 for s in groups.values())
    )


def _pairs_across(keyed: Iterable[tuple[str, str]]) -> int:
    """Pairs with the same key in different splits, counted without listing them."""
    by_key: dict[str, Counter[str]] = defaultdict(Counter)
    for key, split in keyed:
        by_key[key][split] += 1
    return sum((counts.total() ** 2 - sum(n * n for n in counts.values())) // 2 for counts in by_key.values())
