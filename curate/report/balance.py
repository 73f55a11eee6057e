"""Balance: what each source of the recipe makes of the train split, against the share that it was given."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.manifest import Manifest
from schemas.recipe import Recipe

LEAST_SHARE, MOST_SHARE = 0.10, 0.20
"""General data keeps a model from forgetting at a tenth to a fifth of what it is trained on."""


@dataclass(frozen=True, slots=True)
class Share:
    """A source of the recipe: its rows in train, their part of it, and the most that it was to be."""

    path: str
    rows: int
    part: float
    most: float

    @property
    def warning(self) -> str | None:
        if LEAST_SHARE <= self.part <= MOST_SHARE:
            return None
        side = "less" if self.part < LEAST_SHARE else "more"
        return (
            f"{self.path} is {self.part:.1%} of the train split, {side} than the {LEAST_SHARE:.0%} to "
            f"{MOST_SHARE:.0%} at which general data keeps a model from forgetting"
        )


def shares(recipe: Recipe, manifest: Manifest, rows: Mapping[tuple[str, str], int]) -> list[Share]:
    """The sources that have a `share`; `rows` are counts by file and split."""
    train = {source: n for (source, split), n in rows.items() if split == "train"}
    total = sum(train.values())
    of_source: Counter[str | None] = Counter()
    for file in manifest.sources:
        of_source[file.named_by] += train.get(file.path, 0)
    return [
        Share(s.path, of_source[s.path], of_source[s.path] / (total or 1), s.share)
        for s in recipe.sources
        if s.share is not None
    ]
