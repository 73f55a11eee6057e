"""The user's own checks: dotted paths in the recipe to functions `(Example) -> str | None`.

A check returns the reason for which an example should be dropped, or None.
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from curate.user_functions import load_function, source_of
from schemas.canonical import to_json
from schemas.example import Example


class UserCheck:
    """One check. Pickles as its path, so that a worker process imports it again from the recipe's folder."""

    def __init__(self, path: str, root: Path) -> None:
        self.path = path
        self.root = root
        self._function = load_function(path, root, key="quality.checks")

    def __call__(self, example: Example) -> str | None:
        reason = self._function(example)
        if reason is not None and not isinstance(reason, str):
            raise TypeError(f"a check returns a reason or None, this one returned {type(reason).__name__}")
        return reason or None

    def __reduce__(self) -> tuple[type["UserCheck"], tuple[str, Path]]:
        return UserCheck, (self.path, self.root)

    @cached_property
    def key(self) -> str:
        """Changes with the source of its module."""
        source = source_of(self.path, self.root)
        return hashlib.sha256(source.read_bytes() if source else b"").hexdigest()


class Checked:
    """A feature: whether all the checks pass each row. Rows that a rule is to drop are asked about, too."""

    NAME = "checks"

    def __init__(self, checks: Sequence[UserCheck]) -> None:
        self._checks = checks
        self.key = f"quality checks {to_json([[check.path, check.key] for check in checks])}"

    def __call__(self, rows: Sequence[Example]) -> dict[str, npt.NDArray[np.bool_]]:
        return {self.NAME: np.array([self._pass(row) for row in rows], bool)}

    def _pass(self, row: Example) -> bool:
        try:
            return all(check(row) is None for check in self._checks)
        except Exception:  # noqa: BLE001 - the user's code may raise anything; the stage asks again, and says so
            return False


def resolve_checks(paths: Sequence[str], root: Path = Path()) -> list[UserCheck]:
    """The checks named in the recipe, imported. Raises RecipeError for one that cannot be."""
    return [UserCheck(path, root) for path in paths]
