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
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from curate.matching import is_of
from curate.similarity.components import Components
from curate.similarity.hashing import Ints, Uint64s
from curate.similarity.joins import near_index
from curate.similarity.words import folded
from schemas import recipe
from schemas.errors import RecipeError
from schemas.example import Example, hash_value
from schemas.ledger import Action, Event
from schemas.stage import Delta, Rows

OVER_SHARE = "over_share"


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
        known = _Known.of(rows, self._settings)
        labels = self._labels(rows, known)
        by_label = {label: self._split(label) for label in set(labels)}
        splits = [by_label[label] for label in labels]
        hashed = {label: hash_value(label) for label in by_label}
        dropped, events, flags = self._over_shares(rows, known, splits)
        return Delta(dropped, events, flags=flags, group_id=[hashed[label] for label in labels], split=splits)

    def _labels(self, rows: Rows, known: "_Known") -> list[str]:
        """The label of each row's group."""
        groups = Components(len(rows))
        groups.join_pairs(*known.alike())
        everyone = np.arange(len(rows))
        groups.join_near(near_index(rows, "spoken", self._dedup, everyone, exact=True), everyone)
        return [known.labels[root] for root in groups.roots().tolist()]

    def _split(self, label: str) -> str:
        at = _unit(f"{self._seed}:{label}")
        fractions = {name: getattr(self._settings, name) for name in ("train", "validation", "test")}
        total = 0.0
        for name, fraction in fractions.items():
            total += fraction
            if at < total:
                return name
        return next(name for name in reversed(fractions) if fractions[name] > 0)

    def _over_shares(
        self, rows: Rows, known: "_Known", splits: Sequence[str]
    ) -> tuple[list[int], list[Event], dict[int, tuple[str, ...]]]:
        shares = {n: s.share for n, s in enumerate(self._sources) if s.share is not None}
        if not shares:
            return [], [], {}
        by_source = {source: self._origin(source) for source in set(known.sources)}
        origins = [
            by_source[source] if split == "train" else None
            for source, split in zip(known.sources, splits, strict=True)
        ]
        counts = Counter(o for o in origins if o is not None)
        over: dict[int, int] = {}
        for origin, limit in _limits(counts, shares, splits.count("train")).items():
            members = [at for at, o in enumerate(origins) if o == origin]
            members.sort(key=lambda at: (not known.protected[at], _unit(f"{self._seed}:{known.ids[at]}")))
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
    """What each row shares with others, by content: hashes; its user's key; its source."""

    def __init__(self, settings: recipe.Split) -> None:
        self._group_by = settings.group_by
        self.key = f"belongings/2/{'/'.join(settings.group_by)}"

    def __call__(self, rows: Sequence[Example]) -> dict[str, npt.NDArray[Any]]:
        shared = [[_hash(key) for key in self._keys(row)] for row in rows]
        return {
            "shared": np.array([key for keys in shared for key in keys], np.uint64),
            "shared_sizes": np.array([len(keys) for keys in shared], np.int64),
            "user": np.array([next((k for _, k in self._user_keys(row)), "") for row in rows], np.str_),
            "source": np.array([row.source for row in rows], np.str_),
            "protected": np.array([row.protected for row in rows], bool),
        }

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
    """Of every row: its id, label, source, and whether it is protected. `owners[n]` is the row that has
    `keys[n]`, the hash of something that it may share."""

    ids: list[str]
    labels: list[str]
    sources: list[str]
    protected: list[bool]
    owners: Ints
    keys: Uint64s

    @classmethod
    def of(cls, rows: Rows, settings: recipe.Split) -> "_Known":
        ids = [i.decode() for i in rows.column("example_id").tolist()]
        groups = [i.decode() for i in rows.column("group_id").tolist()]
        labels: list[str] = []
        sources: list[str] = []
        protected: list[bool] = []
        grouped = np.array([at for at, group in enumerate(groups) if group], np.int64)
        owners = [grouped]
        keys = [np.array([_hash(("group", groups[at])) for at in grouped.tolist()], np.uint64)]
        for found in rows.features(Belongings(settings)):
            at = len(sources)
            sources.extend(found["source"].tolist())
            protected.extend(found["protected"].tolist())
            # The user's key where there is one: it outlives the row.
            users = enumerate(found["user"].tolist(), start=at)
            labels.extend(user or groups[row] or ids[row] for row, user in users)
            sizes = found["shared_sizes"]
            owners.append(at + np.repeat(np.arange(len(sizes)), sizes))
            keys.append(found["shared"])
        return cls(ids, labels, sources, protected, np.concatenate(owners), np.concatenate(keys))

    def alike(self) -> tuple[Ints, Ints]:
        """Pairs of rows that have a key in common, each row with the next one that has it."""
        order = np.lexsort((self.owners, self.keys))
        same = np.flatnonzero(self.keys[order[1:]] == self.keys[order[:-1]])
        return self.owners[order[same]], self.owners[order[same + 1]]


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
