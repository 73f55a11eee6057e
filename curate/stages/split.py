"""Split: rows that belong together go to one split; which one is a matter of hash, not of order or chance.

Rows belong together that share a provisional group (duplicates and contradictions), the user's key, a parent,
the folded prompt, or that are near duplicates as they read now: redaction can have made rows alike. A group's
label is that of its first-imported row, and its split follows from seed and label alone, so that rows added
later never move old ones.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from curate.matching import is_of
from curate.similarity.components import Components
from curate.similarity.hashing import Bools, Floats, Ints, Uint64s
from curate.similarity.joins import near_index
from curate.similarity.sets import numbered
from curate.similarity.words import folded
from schemas import recipe
from schemas.errors import RecipeError
from schemas.example import Example, hash_value
from schemas.ledger import Action, Event
from schemas.stage import Delta, Rows

OVER_SHARE = "over_share"
SPLITS = ("train", "validation", "test")


class Split:
    """`sources` are the recipe's, for their `share`; `dedup` says what near means, None for its defaults.

    Raises RecipeError where every source has a share and the shares leave some of the train split to nobody.
    """

    name = "split"
    version = 1
    scope: Literal["table"] = "table"

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

    def __call__(self, rows: Rows) -> Delta:
        known = _Known.of(rows, Belongings(self._settings, self._seed))
        roots = self._roots(rows, known)
        splits = self._splits(known.units[roots])
        dropped, events, flags = self._over_shares(rows, known, splits)
        return Delta(dropped, events, flags=flags, group_id=known.hashed[roots], split=splits)

    def _roots(self, rows: Rows, known: "_Known") -> Ints:
        """The first-imported row of each row's group."""
        groups = Components(len(rows))
        groups.join_pairs(*known.alike())
        everyone = np.arange(len(rows))
        groups.join_near(near_index(rows, "spoken", self._dedup, everyone, exact=True), everyone)
        return groups.roots()

    def _splits(self, units: Floats) -> npt.NDArray[np.str_]:
        fractions = [getattr(self._settings, name) for name in SPLITS]
        last = max(n for n, fraction in enumerate(fractions) if fraction > 0)
        found = np.searchsorted(list(accumulate(fractions)), units, side="right")
        return np.array(SPLITS)[np.where(found < len(SPLITS), found, last)]

    def _over_shares(
        self, rows: Rows, known: "_Known", splits: npt.NDArray[np.str_]
    ) -> tuple[list[int], list[Event], dict[int, tuple[str, ...]]]:
        shares = {n: s.share for n, s in enumerate(self._sources) if s.share is not None}
        if not shares:
            return [], [], {}
        by_source = {source: self._origin(source) for source in set(known.sources.tolist())}
        train = splits == "train"
        origins = [
            by_source[source] if in_train else None
            for source, in_train in zip(known.sources.tolist(), train.tolist(), strict=True)
        ]
        counts = Counter(o for o in origins if o is not None)
        over: dict[int, int] = {}
        for origin, limit in _limits(counts, shares, int(train.sum())).items():
            members = [at for at, o in enumerate(origins) if o == origin]
            ids = {at: known.ids[at].decode() for at in members}
            members.sort(key=lambda at: (not known.protected[at], _unit(f"{self._seed}:{ids[at]}")))
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

    def _origin(self, source: str) -> int | None:
        """The recipe's source that rows of this file came from."""
        return next((n for n, s in enumerate(self._sources) if is_of(source, s.path)), None)


class Belongings:
    """What each row shares with others, by content: hashes; its source; whether it has a key of the user's.
    And what follows from its label, the user's key or its own id: `unit` says which split, `hashed` is the
    id of the group."""

    def __init__(self, settings: recipe.Split, seed: int) -> None:
        self._group_by = settings.group_by
        self._seed = seed
        self.key = f"belongings/3/{seed}/{'/'.join(settings.group_by)}"

    def __call__(self, rows: Sequence[Example]) -> dict[str, npt.NDArray[Any]]:
        shared = [[_hash(key) for key in self._keys(row)] for row in rows]
        users = [next((key for _, key in self._user_keys(row)), "") for row in rows]
        labels = [user or row.example_id for row, user in zip(rows, users, strict=True)]
        known = {label: self.of_label(label) for label in set(labels)}
        return {
            "shared": np.array([key for keys in shared for key in keys], np.uint64),
            "shared_sizes": np.array([len(keys) for keys in shared], np.int64),
            "user": np.array(users, np.str_) != "",
            "unit": np.array([known[label][0] for label in labels], np.float64),
            "hashed": np.array([known[label][1] for label in labels], np.bytes_),
            "source": np.array([row.source for row in rows], np.str_),
            "protected": np.array([row.protected for row in rows], bool),
        }

    def of_label(self, label: str) -> tuple[float, str]:
        """`unit` and `hashed` of a label."""
        return _unit(f"{self._seed}:{label}"), hash_value(label)

    def _keys(self, row: Example) -> Iterator[tuple[str, str]]:
        """A parent's key is its own id."""
        yield "example", row.example_id
        if row.parent_id is not None:
            yield "example", row.parent_id
        yield from self._user_keys(row)
        prompt = folded(row.prompt)
        if prompt:
            yield "prompt", prompt

    def _user_keys(self, row: Example) -> Iterator[tuple[str, str]]:
        if row.group_key is not None:
            yield "user", row.group_key
        for name in self._group_by:
            if row.metadata.get(name) is not None:
                yield f"user:{name}", hash_value(repr(row.metadata[name]))


@dataclass(frozen=True, slots=True)
class _Known:
    """Of every row: its id, what follows from its label, its source, and whether it is protected.
    `owners[n]` is the row that has `keys[n]`, the hash of something that it may share; `groups` are
    provisional groups, empty where a row has none."""

    ids: npt.NDArray[np.bytes_]
    groups: npt.NDArray[np.bytes_]
    units: Floats
    hashed: npt.NDArray[np.bytes_]
    sources: npt.NDArray[np.str_]
    protected: Bools
    owners: Ints
    keys: Uint64s

    @classmethod
    def of(cls, rows: Rows, belongings: Belongings) -> "_Known":
        found = list(rows.features(belongings)) or [belongings([])]
        columns = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
        ids, groups = rows.column("example_id"), rows.column("group_id")
        units, hashed = columns["unit"], columns["hashed"]
        # The user's key is the label where there is one, since it outlives the row; then the group's id.
        for at in np.flatnonzero(~columns["user"] & (groups != b"") & (groups != ids)).tolist():
            units[at], hashed[at] = belongings.of_label(groups[at].decode())
        owners = np.repeat(np.arange(len(ids)), columns["shared_sizes"])
        return cls(
            ids, groups, units, hashed, columns["source"], columns["protected"], owners, columns["shared"]
        )

    def alike(self) -> tuple[Ints, Ints]:
        """Pairs of rows that have a key or a group in common; all that have it are connected."""
        order = np.argsort(self.keys)
        ordered = self.keys[order]
        same = np.flatnonzero(ordered[1:] == ordered[:-1])
        grouped = np.flatnonzero(self.groups != b"")
        number, first = numbered(self.groups[grouped])
        left = np.concatenate([self.owners[order[same]], grouped[first[number]]])
        right = np.concatenate([self.owners[order[same + 1]], grouped])
        apart = left != right
        return left[apart], right[apart]


def _hash(key: tuple[str, str]) -> int:
    text = "\x1f".join(key).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


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
