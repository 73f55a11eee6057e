"""Split: rows that belong together go to one split; which one is a matter of hash, not of order or chance.

Rows belong together that share a provisional group (duplicates and contradictions), the user's key, a parent,
the folded prompt, or that are near duplicates as they read now: redaction can have made rows alike. A group's
label is that of its first-imported row, and its split follows from seed and label alone, so that rows added
later never move old ones; and groups are clusters of rows that a build can look at apart from the others,
but where a source has a share of them all.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import Literal

import numpy as np
import numpy.typing as npt

from curate.belongings import Belongings, Known, Links, unit
from curate.similarity.components import Components
from curate.similarity.index import NearIndex
from curate.similarity.joins import near_index, rows_beside
from schemas import recipe
from schemas.arrays import Floats, Ints
from schemas.errors import RecipeError
from schemas.ledger import Action, Event
from schemas.stage import Delta, Rows, Ties

OVER_SHARE = "over_share"
SPLITS = ("train", "validation", "test")


class Split:
    """`sources` are the recipe's, for their `share`, and `origin` says which of them a row's `source` came
    from; `dedup` says what near means, None for its defaults.

    Raises RecipeError where every source has a share and the shares leave some of the train split to nobody.
    """

    name = "split"
    version = 2
    scope: Literal["table"] = "table"

    def __init__(
        self,
        settings: recipe.Split,
        seed: int,
        sources: Sequence[recipe.Source] = (),
        dedup: recipe.Dedup | None = None,
        origin: Callable[[str], int | None] = lambda _: None,
    ) -> None:
        if sources and all(s.share is not None for s in sources):
            raise RecipeError(
                "sources: every source has a `share` of the train split, and none may fill the rest",
                "leave out `share` for at least one source",
            )
        self._settings = settings
        self._seed = seed
        self._sources = sources
        self._shares = {n: s.share for n, s in enumerate(sources) if s.share is not None}
        self._belongings = Belongings(settings, seed)
        self._dedup = dedup or recipe.Dedup()
        self._origin = origin

    def __call__(self, rows: Rows) -> Delta:
        known = Known.of(rows, self._belongings)
        roots, lasting = self._roots(rows, known)
        splits = self._splits(known.units[roots])
        dropped, events, flags = self._over_shares(rows, known, splits)
        ties = Ties(roots, [], []) if lasting and not self._shares else None
        return Delta(dropped, events, flags=flags, group_id=known.hashed[roots], split=splits, ties=ties)

    def tied(self, rows: Rows, new: Ints) -> Ints | None:
        """The rows that share something with one of the rows `new`, or are near it."""
        if self._shares:
            return None
        with ThreadPoolExecutor(1) as beside:
            linked = beside.submit(lambda: Links.of(rows, self._belongings).beside(new))
            near = rows_beside(rows, "spoken", self._dedup, new, exact=True)
        return None if near is None else np.flatnonzero(near | linked.result())

    def notes(self) -> Mapping[str, str]:
        return {}

    def _roots(self, rows: Rows, known: Known) -> tuple[Ints, bool]:
        """The first-imported row of each row's group; whether the groups would be the same of some groups'
        rows alone."""
        groups = Components(len(rows))
        with ThreadPoolExecutor(1) as beside:
            alike = beside.submit(known.links.alike)
            near, lasting = self._near(rows)
            groups.join_pairs(*alike.result())
        groups.join_near(near, np.arange(len(rows)))
        return groups.roots(), lasting

    def _near(self, rows: Rows) -> tuple[NearIndex, bool]:
        """The graph of what all rows say; whether it would be the same of some groups' rows alone."""
        near = near_index(rows, "spoken", self._dedup, np.arange(len(rows)), exact=True)
        return near, near.pairs.lasting or not rows.whole

    def _splits(self, units: Floats) -> npt.NDArray[np.bytes_]:
        fractions = [getattr(self._settings, name) for name in SPLITS]
        last = max(n for n, fraction in enumerate(fractions) if fraction > 0)
        found = np.searchsorted(list(accumulate(fractions)), units, side="right")
        return np.array(SPLITS, np.bytes_)[np.where(found < len(SPLITS), found, last)]

    def _over_shares(
        self, rows: Rows, known: Known, splits: npt.NDArray[np.bytes_]
    ) -> tuple[list[int], list[Event], dict[int, tuple[str, ...]]]:
        shares = self._shares
        if not shares:
            return [], [], {}
        by_source = {source: self._origin(source) for source in set(known.sources.tolist())}
        train = splits == b"train"
        origins = [
            by_source[source] if in_train else None
            for source, in_train in zip(known.sources.tolist(), train.tolist(), strict=True)
        ]
        counts = Counter(o for o in origins if o is not None)
        over: dict[int, int] = {}
        for origin, limit in _limits(counts, shares, int(train.sum())).items():
            members = [at for at, o in enumerate(origins) if o == origin]
            ids = {at: known.ids[at].decode() for at in members}
            members.sort(key=lambda at: (not known.protected[at], unit(f"{self._seed}:{ids[at]}")))
            over.update(dict.fromkeys(members[limit:], origin))
        return self._without(rows, over, shares)

    def _without(
        self, rows: Rows, over: dict[int, int], shares: dict[int, float]
    ) -> tuple[list[int], list[Event], dict[int, tuple[str, ...]]]:
        dropped: list[int] = []
        events: list[Event] = []
        flags: dict[int, tuple[str, ...]] = {}
        for at in sorted(over):
            row = rows[at]
            if row.protected:
                flags[at] = (OVER_SHARE,)
            else:
                dropped.append(at)
            detail = {"source": row.source, "line": row.line, "path": self._sources[over[at]].path}
            action: Action = "kept_by_review" if row.protected else "dropped"
            events.append(
                Event(
                    row.example_id, self.name, action, OVER_SHARE, threshold=shares[over[at]], detail=detail
                )
            )
        return dropped, events, flags


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
