"""Functions of the user's own, named by dotted path.

Modules beside the recipe can be named as they are: `checks.no_emoji` is `no_emoji` in `checks.py`.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module, invalidate_caches
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from schemas.errors import RecipeError


def load_function(path: str, root: Path, key: str) -> Callable[..., Any]:
    """The function at a dotted path, its module read afresh from the folder `root` where it lies there, else
    an installed one. Raises RecipeError that names `key`, the place where the path was written."""
    module_name, _, name = path.rpartition(".")
    if not module_name:
        raise RecipeError(f"{key}: {path!r} names no module", "write module.function")
    with _importable(root):
        try:
            module = _module(module_name, root)
        except Exception as error:
            raise RecipeError(
                f"{key}: {module_name!r} cannot be imported ({type(error).__name__}: {error})",
                f"put {module_name.partition('.')[0]}.py beside the recipe, or mend it",
            ) from error
    function: Callable[..., Any] | None = getattr(module, name, None)
    if not callable(function):
        raise RecipeError(
            f"{key}: {module_name!r} has no function {name!r}", f"define it in {module.__file__}"
        )
    return function


def source_of(path: str, root: Path) -> Path | None:
    """The file with the source of the module of a function that `load_function` loads, where it has one."""
    name = path.rpartition(".")[0]
    own = _beside(name, root)
    if own is not None:
        return own
    origin = getattr(import_module(name), "__file__", None)
    return Path(origin) if origin else None


def _beside(name: str, root: Path) -> Path | None:
    own = root.resolve().joinpath(*name.split("."))
    return next((f for f in (own.with_suffix(".py"), own / "__init__.py") if f.is_file()), None)


def _module(name: str, root: Path) -> ModuleType:
    """The module beside the recipe, read afresh whatever is loaded under its name, or an installed one."""
    file = _beside(name, root)
    spec = spec_from_file_location(name, file) if file is not None else None
    if file is None or spec is None:
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
