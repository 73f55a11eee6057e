"""What the rows of a table belong to: what each shares with others, and what follows from its label."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from curate.similarity.hashing import numbers_of
from curate.similarity.row_texts import Turns, all_folded, pieces
from curate.similarity.sets import has_any, numbered
from curate.similarity.words import folded
from schemas import recipe
from schemas.arrays import Bools, Floats, Ints, Uint64s
from schemas.example import ID_LENGTH, Example, hash_value
from schemas.stage import Rows

_HEXADECIMAL = re.compile("[0-9a-f]*").fullmatch
_DIGITS = 16  # of a hash, that make a number of 64 bits

_LINKS = ("shared", "shared_sizes")  # of Belongings
_COLUMNS = ("user", "unit", "hashed", "source", "protected")

_Column = Sequence[str | None]


class Belongings:
    """What each row shares with others, by content: hashes; its source; whether it has a key of the user's.
    And what follows from its label, the user's key or its own id: `unit` says which split, `hashed` is the
    id of the group."""

    def __init__(self, settings: recipe.Split, seed: int) -> None:
        self._group_by = settings.group_by
        self._seed = seed
        self.key = f"belongings/4/{seed}/{'/'.join(settings.group_by)}"

    def __call__(self, rows: Sequence[Example]) -> dict[str, npt.NDArray[Any]]:
        return self._of(
            [row.example_id for row in rows],
            [row.parent_id for row in rows],
            self._user_keys([row.group_key for row in rows], [row.metadata for row in rows]),
            [folded(row.prompt).encode("utf-8", "surrogatepass") for row in rows],
            [row.source for row in rows],
            [row.protected for row in rows],
        )

    def of_table(self, rows: pa.Table) -> dict[str, npt.NDArray[Any]]:
        ids, parents, group_keys, metadata, sources, protected = (
            rows.column(name).to_pylist()
            for name in ("example_id", "parent_id", "group_key", "metadata", "source", "protected")
        )
        parsed = [orjson.loads(each) for each in metadata] if self._group_by else []
        prompts = list(pieces(all_folded(Turns.of(rows).lines("user"))))
        return self._of(ids, parents, self._user_keys(group_keys, parsed), prompts, sources, protected)

    def _of(
        self,
        ids: Sequence[str],
        parents: _Column,
        users: Mapping[str, _Column],
        prompts: Sequence[bytes | memoryview],
        sources: Sequence[str],
        protected: Sequence[bool],
    ) -> dict[str, npt.NDArray[Any]]:
        """Columns of the rows; `prompts` are folded. A parent's key is its own id."""
        names = [
            next((key for key in keys if key is not None), "") for keys in zip(*users.values(), strict=True)
        ]
        labels = [name or example_id for name, example_id in zip(names, ids, strict=True)]
        known = {label: self.of_label(label) for label in set(labels)}
        named: list[tuple[str, _Column]] = [("example", ids), ("example", parents), *users.items()]
        columns = [_keys(name, column) for name, column in named] + [_prompt_keys(prompts)]
        there = np.column_stack([here for here, _ in columns])
        return {
            "shared": np.column_stack([keys for _, keys in columns])[there],
            "shared_sizes": there.sum(axis=1),
            "user": np.array([name != "" for name in names], bool),
            "unit": np.array([known[label][0] for label in labels], np.float64),
            "hashed": np.array([known[label][1] for label in labels], np.bytes_),
            "source": np.array(sources, np.str_),
            "protected": np.array(protected, bool),
        }

    def of_label(self, label: str) -> tuple[float, str]:
        """`unit` and `hashed` of a label."""
        return unit(f"{self._seed}:{label}"), hash_value(label)

    def _user_keys(self, group_keys: _Column, metadata: Sequence[Mapping[str, Any]]) -> dict[str, _Column]:
        """By the name of each, the key that comes first in front."""
        values = {name: [row.get(name) for row in metadata] for name in self._group_by}
        return {"user": group_keys} | {
            f"user:{name}": [None if value is None else hash_value(repr(value)) for value in column]
            for name, column in values.items()
        }


@dataclass(frozen=True, slots=True)
class Links:
    """What rows share. `owners[n]` is the row that has `keys[n]`, the hash of something that it may share;
    `groups` are provisional groups, empty where a row has none."""

    owners: Ints
    keys: Uint64s
    groups: npt.NDArray[np.bytes_]

    @classmethod
    def of(cls, rows: Rows, belongings: Belongings) -> "Links":
        columns = _columns(rows, belongings, _LINKS)
        owners = np.repeat(np.arange(len(rows)), columns["shared_sizes"])
        return cls(owners, columns["shared"], rows.column("group_id"))

    def alike(self) -> tuple[Ints, Ints]:
        """Pairs of rows that have a key or a group in common; all that have it are connected."""
        order = np.argsort(self.keys)
        ordered = self.keys[order]
        same = np.flatnonzero(ordered[1:] == ordered[:-1])
        grouped = np.flatnonzero(self.groups != b"")
        number, first = numbered(numbers_of(self.groups[grouped]))
        left = np.concatenate([self.owners[order[same]], grouped[first[number]]])
        right = np.concatenate([self.owners[order[same + 1]], grouped])
        apart = left != right
        return left[apart], right[apart]

    def beside(self, new: Ints) -> Bools:
        """For each row whether it is one of the rows `new`, or has a key or a group in common with one."""
        found = np.zeros(len(self.groups), dtype=bool)
        found[new] = True
        groups = numbers_of(self.groups)
        theirs = groups[new]
        found |= has_any(groups, theirs[theirs != 0])
        found[self.owners[has_any(self.keys, self.keys[np.isin(self.owners, new)])]] = True
        return found


@dataclass(frozen=True, slots=True)
class Known:
    """Of every row: its id, what follows from its label, its source, whether it is protected, and what it
    shares with others."""

    ids: npt.NDArray[np.bytes_]
    units: Floats
    hashed: npt.NDArray[np.bytes_]
    sources: npt.NDArray[np.str_]
    protected: Bools
    links: Links

    @classmethod
    def of(cls, rows: Rows, belongings: Belongings) -> "Known":
        links, columns = Links.of(rows, belongings), _columns(rows, belongings, _COLUMNS)
        ids, groups = rows.column("example_id"), links.groups
        units, hashed = columns["unit"], columns["hashed"]
        # The user's key is the label where there is one, since it outlives the row; then the group's id.
        for at in np.flatnonzero(~columns["user"] & (groups != b"") & (groups != ids)).tolist():
            units[at], hashed[at] = belongings.of_label(groups[at].decode())
        return cls(ids, units, hashed, columns["source"], columns["protected"], links)


def _columns(rows: Rows, belongings: Belongings, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    found = list(rows.features(belongings, only=names)) or [belongings([])]
    return {name: np.concatenate([part[name] for part in found]) for name in names}


def _keys(name: str, values: _Column) -> tuple[Bools, Uint64s]:
    """Where there is a value, and a number for each. Nearly all are hashes in hexadecimal themselves."""
    there = np.array([value is not None for value in values], bool)
    texts = [value for value in values if value is not None]
    keys = np.zeros(len(values), np.uint64)
    if set(map(len, texts)) <= {ID_LENGTH} and _HEXADECIMAL("".join(texts)):
        digits = bytes.fromhex("".join(text[:_DIGITS] for text in texts))
        keys[there] = np.frombuffer(digits, ">u8")
    else:
        keys[there] = np.array([_number(text) for text in texts], np.uint64)
    return there, keys ^ np.uint64(_hash(name.encode("utf-8", "surrogatepass")))


def _number(text: str) -> int:
    if len(text) == ID_LENGTH and _HEXADECIMAL(text):
        return int(text[:_DIGITS], 16)
    return _hash(text.encode("utf-8", "surrogatepass"))


def _prompt_keys(prompts: Sequence[bytes | memoryview]) -> tuple[Bools, Uint64s]:
    """None for an empty one."""
    keys = [_hash(b"prompt\x1f" + prompt) if prompt else 0 for prompt in prompts]
    return np.array([len(prompt) > 0 for prompt in prompts], bool), np.array(keys, np.uint64)


def _hash(key: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big")


def unit(text: str) -> float:
    """A number in [0, 1) that depends on `text` alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48
