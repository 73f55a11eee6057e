"""The user's own checks: dotted paths in the recipe to functions `(Example) -> str | None`.

A check returns the reason for which an example should be dropped, or None. Modules beside the recipe can be
named as they are (`checks.no_emoji` is `no_emoji` in `checks.py`).
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module, invalidate_caches
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from schemas.errors import RecipeError
from schemas.example import Example


class UserCheck:
    """One check. Pickles as its path, so that a worker process imports it again from the recipe's folder."""

    def __init__(self, path: str, root: Path) -> None:
        self.path = path
        self.root = root
        self._function = _import(path, root)

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


def _import(path: str, root: Path) -> Callable[[Example], Any]:
    module_name, _, name = path.rpartition(".")
    if not module_name:
        raise RecipeError(f"quality.checks: {path!r} names no module", "write module.function")
    with _importable(root):
        try:
            module = _module(module_name, root)
        except Exception as error:
            raise RecipeError(
                f"quality.checks: {module_name!r} cannot be imported ({type(error).__name__}: {error})",
                f"put {module_name.partition('.')[0]}.py beside the recipe, or mend it",
            ) from error
    function = getattr(module, name, None)
    if not callable(function):
        raise RecipeError(
            f"quality.checks: {module_name!r} has no function {name!r}", f"define it in {module.__file__}"
        )
    return function  # type: ignore[no-any-return]


def _module(name: str, root: Path) -> ModuleType:
    """The module beside the recipe, read afresh whatever is loaded under its name, or an installed one."""
    own = root.resolve().joinpath(*name.split("."))
    for file in (own.with_suffix(".py"), own / "__init__.py"):
        spec = spec_from_file_location(name, file) if file.is_file() else None
        if spec is not None:
            break
    else:
        return import_module(name)
    module = module_from_spec(spec)
    code = compile(file.read_bytes(), str(file), "exec", dont_inherit=True)  # never a stale __pycache__
    before = sys.modules.get(name)
    sys.modules[name] = module  # for the time of running it: dataclasses look there
    try:
        exec(code, module.__dict__)
    finally:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
    return module


@contextmanager
def _importable(root: Path) -> Iterator[None]:
    """The recipe's folder first on the import path, for as long as the import takes."""
    folder = str(root.resolve())
    sys.path.insert(0, folder)
    invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(folder)
