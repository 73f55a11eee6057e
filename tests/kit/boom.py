"""A stage that fails, where worker processes can import it."""

from collections.abc import Sequence

from schemas.example import Example
from schemas.stage import Outcome, Scope


class Boom:
    name = "boom"
    version = 1
    scope: Scope = "row"

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        return Outcome(list(rows[: 1 // 0]), [])
