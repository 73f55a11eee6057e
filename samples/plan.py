"""The plan of a sample: its rows, what is planted in them, and which rows are still untouched."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from samples.shop.conversation import Clean, Row

Expect = Literal["rejected", "absent", "ignored"]


@dataclass(frozen=True, slots=True, eq=False)
class Broken:
    """Something that stands in a file where a row should. `content` is raw bytes of a line, record or
    block, or a JSON value for an array. `expect`: `rejected` stands in rejects.jsonl, `absent` must not
    reach the version by any way, `ignored` is no row at all."""

    file: str
    content: Any
    kind: str
    expect: Expect


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """`copy` says the same as `original`; `variant` is how it differs on disk."""

    original: Row
    copy: Row
    variant: str


@dataclass(frozen=True, slots=True, eq=False)
class Secret:
    """A planted personal value or key; `where` is user, assistant, system or metadata."""

    row: Row
    type: str
    value: str
    where: str


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """A row with something wrong: `detail` is written into the key beside its position."""

    row: Row
    detail: dict[str, str]


@dataclass(slots=True)
class Plan:
    """Rows in no order. `take` hands out untouched rows, so that no two plantings meet."""

    rng: random.Random
    clean: Clean
    rows: list[Row] = field(default_factory=list)
    untouched: list[Row] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    near: list[tuple[Row, Row]] = field(default_factory=list)
    decoys: list[tuple[Row, Row]] = field(default_factory=list)
    contradictions: list[tuple[Row, Row]] = field(default_factory=list)
    swapped: list[Fault] = field(default_factory=list)
    truncated: list[Fault] = field(default_factory=list)
    toxic: list[Fault] = field(default_factory=list)
    escapes: list[Fault] = field(default_factory=list)
    huge: list[Fault] = field(default_factory=list)
    secrets: list[Secret] = field(default_factory=list)

    def grow(self, count: int) -> None:
        fresh = [self.clean.row() for _ in range(count)]
        self.rows += fresh
        self.untouched += fresh

    def take(self, count: int, fits: Callable[[Row], bool] = lambda _: True) -> list[Row]:
        """`count` untouched rows that fit. Raises ValueError when the plan has fewer."""
        fitting = [row for row in self.untouched if fits(row)]
        if len(fitting) < count:
            raise ValueError(f"{count} rows wanted, {len(fitting)} fit: grow the plan")
        taken = self.rng.sample(fitting, count)
        gone = {id(row) for row in taken}
        self.untouched = [row for row in self.untouched if id(row) not in gone]
        return taken


def single(row: Row) -> bool:
    return len(row.turns) == 1
