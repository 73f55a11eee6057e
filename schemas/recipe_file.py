"""Reading `recipe.yaml`: every problem at once, each with file, line, key and the nearest valid name."""

import difflib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from schemas.errors import RecipeError
from schemas.recipe import Recipe

Loc = tuple[int | str, ...]
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def load_recipe(path: Path) -> Recipe:
    """The recipe at `path`. Raises RecipeError with all that is wrong in it."""
    tree = _parse(path)
    missing: list[str] = []
    values = _expand(tree, missing)
    if missing:
        raise RecipeError(
            f"{path}: environment variable {', '.join(sorted(set(missing)))} is not set",
            "export it, or write the value into the recipe",
        )
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        raise _recipe_error(path, tree, error) from None


def _parse(path: Path) -> CommentedMap:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RecipeError(
            f"{path}: no such recipe", "name one with --recipe PATH, or make one with `curate init DIR`"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: cannot be read ({error})", "save it as a UTF-8 text file") from None
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise RecipeError(f"{where}: not valid YAML: {error.problem}", "mend that line") from None
    except YAMLError as error:
        raise RecipeError(f"{path}: not valid YAML: {error}", "mend the file") from None
    if not isinstance(tree, CommentedMap):
        raise RecipeError(
            f"{path}: a recipe is a mapping of keys, this is {_kind(tree)}",
            "start from `curate init DIR`",
        )
    return tree


def _expand(node: Any, missing: list[str]) -> Any:
    """Plain Python values with `${NAME}` replaced from the environment."""
    if isinstance(node, dict):
        return {str(key): _expand(value, missing) for key, value in node.items()}
    if isinstance(node, list):
        return [_expand(value, missing) for value in node]
    if isinstance(node, str):
        missing += [name for name in _VARIABLE.findall(node) if name not in os.environ]
        return _VARIABLE.sub(lambda match: os.environ.get(match[1], ""), node)
    return node


def _recipe_error(path: Path, tree: CommentedMap, error: ValidationError) -> RecipeError:
    found: dict[Loc, tuple[list[str], str]] = {}
    items = error.errors()
    for item in items:
        if item["type"] == "too_short" and any(_within(other["loc"], item["loc"]) for other in items):
            continue  # pydantic counts only the valid items; the invalid ones have their own errors
        loc = _in_tree(tree, item["loc"], missing=item["type"] == "missing")
        message, mend = _explain(loc, item["type"], item["msg"])
        found.setdefault(loc, ([], mend))[0].append(message)
    problems = [
        f"{path}:{_line(tree, loc)}: {'.'.join(map(str, loc)) or 'recipe'}: {' or '.join(messages)}"
        for loc, (messages, _) in found.items()
    ]
    mends = [mend if len(found) == 1 else f"{loc[-1]}: {mend}" for loc, (_, mend) in found.items() if loc]
    return RecipeError("\n       ".join(problems), "; ".join(mends) or "mend the recipe")


def _within(inner: Loc, outer: Loc) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _in_tree(tree: CommentedMap, loc: Loc, missing: bool) -> Loc:
    """The part of a location that the file has: pydantic adds the names of union branches to it."""
    node: Any = tree
    for depth, part in enumerate(loc):
        inside = (
            part in node if isinstance(node, dict) else isinstance(node, list) and part in range(len(node))
        )
        if not inside:
            return loc[: depth + 1] if missing else loc[:depth]
        node = node[part]
    return loc


def _explain(loc: Loc, kind: str, message: str) -> tuple[str, str]:
    if kind == "extra_forbidden":
        known = list(_fields_at(loc[:-1]))
        nearest = difflib.get_close_matches(str(loc[-1]), known, n=1, cutoff=0.5)
        if nearest:
            return "unknown key", f"did you mean {nearest[0]!r}?"
        return "unknown key", f"known here: {', '.join(known)}"
    if kind == "missing":
        return "this key is needed", f"add `{loc[-1]}: …`"
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:], "give it a value that fits"


def _fields_at(loc: Loc) -> Iterator[str]:
    model: type[BaseModel] | None = Recipe
    for part in loc:
        if isinstance(part, int) or model is None:
            continue
        model = next(_models_in(model.model_fields[part].annotation), None)
    if model is not None:
        yield from model.model_fields


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, UnionType, Annotated, tuple, list):
        for argument in get_args(annotation):
            yield from _models_in(argument)


def _line(tree: CommentedMap, loc: Loc) -> int:
    """1-based line of the deepest part of `loc` that stands in the file."""
    node: Any = tree
    line = 0
    for part in loc:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0]
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = node.lc.item(part)[0]
        else:
            break
        node = node[part]
    return line + 1


def _kind(value: Any) -> str:
    return "empty" if value is None else f"a {type(value).__name__}"
