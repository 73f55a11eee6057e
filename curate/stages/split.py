"""Split: rows that belong together go to one split; which one is a matter of hash, not of order or chance.

Rows belong together that share a provisional group (duplicates and contradictions), the user's key, a parent,
the folded prompt, or that are near duplicates as they read now: redaction can have made rows alike. A group's
label is that of its first-imported row, and its split follows from seed and label alone, so that rows added
later never move old ones.
"""

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from curate.similarity.components import Components
from curate.similarity.index import NearIndex
from curate.similarity.words import folded, spoken_all
from schemas import recipe
from schemas.errors import RecipeError
from schemas.example import Example, hash_value
from schemas.ledger import Action, Event
from schemas.stage import Outcome, Scope

OVER_SHARE = "over_share"


class Split:
    """`sources` are the recipe's, for their `share`; `dedup` says what near means, None for its defaults.

    Raises RecipeError where every source has a share and the shares leave some of the train split to nobody.
    """

    name = "split"
    version = 1
    scope: Scope = "dataset"

    def __init__(
        self,
        settings: recipe.Split,
        seed: int,
        sources: Sequence[recipe.Source] = (),
        dedup: recipe.Dedup | None = None,
    ) -> None:
        if sources and all(s.share is not None for s in sources):
            raise RecipeError(
                "sources: every source has a `share` of the train split, and none may fill the rest",
                "leave out `share` for at least one source",
            )
        self._settings = settings
        self._seed = seed
        self._sources = sources
        self._dedup = dedup or recipe.Dedup()

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        labels = self._labels(rows)
        placed = [
            replace(row, group_id=hash_value(label), split=self._split(label))
            for row, label in zip(rows, labels, strict=True)
        ]
        return self._within_shares(placed)

    def _labels(self, rows: Sequence[Example]) -> list[str]:
        """The label of each row's group."""
        groups = Components(len(rows))
        groups.join_equal((at, key) for at, row in enumerate(rows) for key in self._keys(row))
        groups.join_near(NearIndex(spoken_all(rows), self._dedup), range(len(rows)))
        return [self._label(rows[groups.root(at)]) for at in range(len(rows))]

    def _keys(self, row: Example) -> Iterator[Hashable]:
        """What a row shares with the others of its group. A parent's key is its own id."""
        yield "example", row.example_id
        if row.parent_id is not None:
            yield "example", row.parent_id
        if row.group_id is not None:
            yield "group", row.group_id
        yield from self._user_keys(row)
        prompt = folded(row.prompt)
        if prompt:
            yield "prompt", prompt

    def _user_keys(self, row: Example) -> Iterator[tuple[str, str]]:
        if row.group_key is not None:
            yield "user", row.group_key
        for name in self._settings.group_by:
            if row.metadata.get(name) is not None:
                yield f"user:{name}", hash_value(repr(row.metadata[name]))

    def _label(self, row: Example) -> str:
        """The user's key where there is one: it outlives the row."""
        return next((key for _, key in self._user_keys(row)), row.group_id or row.example_id)

    def _split(self, label: str) -> str:
        at = _unit(f"{self._seed}:{label}")
        fractions = {name: getattr(self._settings, name) for name in ("train", "validation", "test")}
        total = 0.0
        for name, fraction in fractions.items():
            total += fraction
            if at < total:
                return name
        return next(name for name in reversed(fractions) if fractions[name] > 0)

    def _within_shares(self, rows: Sequence[Example]) -> Outcome:
        shares = {n: s.share for n, s in enumerate(self._sources) if s.share is not None}
        if not shares:
            return Outcome(list(rows), [])
        origins = [self._origin(row) if row.split == "train" else None for row in rows]
        counts = Counter(o for o in origins if o is not None)
        limits = _limits(counts, shares, sum(row.split == "train" for row in rows))
        over: dict[int, int] = {}
        for origin, limit in limits.items():
            members = [at for at, o in enumerate(origins) if o == origin]
            members.sort(
                key=lambda at: (not rows[at].protected, _unit(f"{self._seed}:{rows[at].example_id}"))
            )
            over.update(dict.fromkeys(members[limit:], origin))
        return self._without(rows, over, shares)

    def _without(self, rows: Sequence[Example], over: dict[int, int], shares: dict[int, float]) -> Outcome:
        kept: list[Example] = []
        events: list[Event] = []
        for at, row in enumerate(rows):
            if at not in over:
                kept.append(row)
                continue
            if row.protected:
                kept.append(row.flagged(OVER_SHARE))
            detail = {"source": row.source, "line": row.line, "path": self._sources[over[at]].path}
            action: Action = "kept_by_review" if row.protected else "dropped"
            events.append(
                Event(
                    row.example_id, self.name, action, OVER_SHARE, threshold=shares[over[at]], detail=detail
                )
            )
        return Outcome(kept, events)

    def _origin(self, row: Example) -> int | None:
        """The recipe's source that the row came from."""
        paths = [source.path.removeprefix("./") for source in self._sources]
        if row.source in paths:
            return paths.index(row.source)
        return next((n for n, path in enumerate(paths) if fnmatchcase(row.source, path)), None)


def _unit(text: str) -> float:
    """A number in [0, 1) that depends on `text` alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def _limits(counts: Counter[int], shares: dict[int, float], rows: int) -> dict[int, int]:
    """The most rows of each source such that each is within its share of what is left in all."""
    limits = {source: counts[source] for source in shares}
    free = rows - sum(limits.values())
    while True:
        total = free + sum(limits.values())
        lower = {s: min(limit, int(shares[s] * total + 1e-9)) for s, limit in limits.items()}
        if lower == limits:
            return limits
        limits = lower
