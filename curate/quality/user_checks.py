"""The user's own checks: dotted paths in the recipe to functions `(Example) -> str | None`.

A check returns the reason for which an example should be dropped, or None.
"""

from collections.abc import Sequence
from pathlib import Path

from curate.user_functions import load_function
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


def resolve_checks(paths: Sequence[str], root: Path = Path()) -> list[UserCheck]:
    """The checks named in the recipe, imported. Raises RecipeError for one that cannot be."""
    return [UserCheck(path, root) for path in paths]
