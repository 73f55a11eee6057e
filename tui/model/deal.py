"""Who reviews what, so that several annotators do not do the same work: an overlap that all of them get, to
measure agreement on, and the rest dealt out.

An example goes to the annotator for whom a hash of both is highest (rendezvous hashing: Thaler and
Ravishankar, 1998). All who name the same team get the same deal, whatever the queue; who joins takes of
everyone's share, and nothing else moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from schemas.errors import UsageError
from tui.model.corpus import Mask

_Hashes = npt.NDArray[np.uint64]
OVERLAP = 0.1
_SHARED = "\0overlap"  # hashed in the place of a name


@dataclass(frozen=True, slots=True)
class Deal:
    """`overlap` is the share of examples that everyone in `team` gets, from 0 to 1."""

    team: tuple[str, ...]
    overlap: float

    @classmethod
    def among(cls, names: str, annotator: str, overlap: float) -> "Deal":
        """`names` with commas between them. Raises UsageError for fewer than two, or without `annotator`."""
        team = tuple(sorted({name.strip() for name in names.split(",")} - {""}))
        if len(team) < 2:
            raise UsageError(f"--team {names} is no team", "name two or more: --team ada,bob")
        if annotator not in team:
            raise UsageError(
                f"{annotator} is not in --team {','.join(team)}", "give one of these names with --as"
            )
        return cls(team, overlap)

    def of(self, annotator: str, example_ids: Sequence[str]) -> Mask:
        """Which of the examples this annotator gets."""
        hashes = _hashes(example_ids)
        rank = np.stack([_mixed(hashes, name) for name in self.team])
        mine = rank.argmax(axis=0) == self.team.index(annotator)
        shared = _mixed(hashes, _SHARED) / float(2**64) < self.overlap
        return np.asarray(mine | shared)


def _hashes(texts: Sequence[str]) -> _Hashes:
    digests = b"".join(blake2b(text.encode(), digest_size=8).digest() for text in texts)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def _mixed(hashes: _Hashes, name: str) -> _Hashes:
    """The finaliser of splitmix64 (Steele, Lea and Flood, 2014) over both hashes."""
    mixed = hashes ^ _hashes([name])
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))
