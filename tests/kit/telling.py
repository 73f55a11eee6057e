"""A row stage that says in a folder which processes called it."""

import os
from collections.abc import Sequence
from pathlib import Path

from schemas.example import Example
from schemas.stage import Outcome, Scope


class Telling:
    name = "telling"
    version = 1
    scope: Scope = "row"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        (self._folder / str(os.getpid())).touch()
        return Outcome(list(rows), [])
