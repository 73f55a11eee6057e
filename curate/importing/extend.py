"""A source added to a recipe: its lines are put in, every other byte of the file stays."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from curate import atomic
from schemas.errors import RecipeError, UsageError
from schemas.recipe import Recipe
from schemas.recipe_file import load_recipe

_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./*-]*")


def with_source(text: str, source: Mapping[str, object]) -> str:
    """The recipe's text with one more source at the end of its list. Raises UsageError where the list is not
    written as a block, an item a line."""
    tree = YAML(typ="rt").load(text)
    listed = tree.get("sources") if isinstance(tree, CommentedMap) else None
    if not isinstance(listed, CommentedSeq) or not listed or listed.fa.flow_style():
        raise UsageError(
            "the recipe's `sources` are not a list with an item a line",
            "write them as `sources:` and lines of `  - path: …`, or add the source by hand",
        )
    lines = text.splitlines(keepends=True)
    first_line, column = listed.lc.item(0)
    dash = lines[first_line].index("-", 0, column)
    keys = list(tree)
    following = keys[keys.index("sources") + 1 :]
    end = tree.lc.key(following[0])[0] if following else len(lines)
    while end > first_line + 1 and not _belongs(lines[end - 1], dash):
        end -= 1
    added = _item(source, " " * dash, " " * (column - dash - 1))
    if not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    return "".join([*lines[:end], *added, *lines[end:]])


def add_source(path: Path, source: Mapping[str, object]) -> Recipe:
    """Adds it to the recipe at `path`, and gives the recipe as it is now. Raises RecipeError, UsageError."""
    before = load_recipe(path)
    text = with_source(path.read_text(encoding="utf-8"), source)
    with TemporaryDirectory() as folder:
        draft = Path(folder) / path.name
        draft.write_text(text, encoding="utf-8")
        after = load_recipe(draft)
    same = after.model_copy(update={"sources": before.sources}) == before
    if not same or after.sources[:-1] != before.sources or after.sources[-1].path != source["path"]:
        raise RecipeError(f"{path}: the source cannot be put into its `sources`", "add it by hand")
    atomic.write_text(path, text)
    return after


def _belongs(line: str, dash: int) -> bool:
    """Whether the line is part of the list: not blank, nor a comment to the left of its items."""
    stripped = line.strip()
    return bool(stripped) and (not stripped.startswith("#") or len(line) - len(line.lstrip()) > dash)


def _item(source: Mapping[str, object], indent: str, gap: str) -> list[str]:
    pairs = [f"{key}: {_yaml(value)}\n" for key, value in source.items()]
    inner = f"{indent} {gap}"
    return [f"{indent}-{gap}{pairs[0]}", *(f"{inner}{pair}" for pair in pairs[1:])]


def _yaml(value: object) -> str:
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    return json.dumps(value)
