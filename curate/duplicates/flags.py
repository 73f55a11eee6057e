"""Oppositions to flags: both sides of each, one a row, and no more than a few for one question or answer.

A greeting that is answered in a thousand ways would flag a thousand rows; a reviewer needs to see some, and
how many there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from curate.duplicates.opposed import Opposition
from curate.similarity.components import Components

MOST_FLAGGED = 20  # rows of one cluster of oppositions


@dataclass(frozen=True, slots=True)
class Flag:
    """An opposition to name on its `row`. `rows` is how many stand in its cluster, flagged or not."""

    opposition: Opposition
    rows: int


def flags(found: Iterable[Opposition], rows: int) -> Iterator[Flag]:
    """The first opposition of each row, `rows` counting all rows that positions may name. Earlier rows go
    first, each with its opponent."""
    chosen: dict[int, Opposition] = {}
    ties = Components(rows)
    oppositions = list(found)
    for opposition in oppositions:
        chosen.setdefault(opposition.row, opposition)
        ties.join(opposition.row, opposition.other)
    for opposition in oppositions:
        chosen.setdefault(opposition.other, replace(opposition, row=opposition.other, other=opposition.row))
    clusters: dict[int, list[int]] = defaultdict(list)
    for row in sorted(chosen):
        clusters[ties.root(row)].append(row)
    for members in clusters.values():
        paired = dict.fromkeys(row for member in members for row in (member, chosen[member].other))
        yield from (Flag(chosen[row], len(members)) for row in islice(paired, MOST_FLAGGED))
