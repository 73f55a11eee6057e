"""Sources named on the command line, and their way into a recipe."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from curate.importing.extend import add_source
from curate.sources import ByReason, LocatedFile, Telling, add_rejects, import_file, located_files
from curate.sources.locate import HUB, locate, source_name
from curate.sources.unreadable import unreadable
from curate.sources.unusable import ReadTable, check_any_used
from schemas.errors import SourceError, UsageError
from schemas.recipe import Recipe
from schemas.recipe_file import load_recipe

Source = dict[str, Any]


def given_sources(
    paths: Sequence[str],
    format: str,
    columns: Sequence[str],
    tags: Sequence[str],
    encoding: str | None = None,
    roles: Sequence[str] = (),
) -> list[Source]:
    """Entries as a recipe has them, without what is the default. Raises UsageError."""
    mapped = _pairs(columns, "--column", "PART=NAME", "prompt=question")
    named = _pairs(roles, "--role", "LABEL=ROLE", "agent=assistant")
    options: Source = {} if format == "auto" else {"format": format}
    options |= {"columns": mapped} if mapped else {}
    options |= {"roles": named} if named else {}
    options |= {"tags": list(tags)} if tags else {}
    options |= {"encoding": encoding} if encoding else {}
    sources = [{"path": path, **options} for path in paths]
    if sources:
        recipe_of(sources)
    return sources


def _pairs(given: Sequence[str], option: str, shape: str, such: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for pair in given:
        left, equals, right = pair.partition("=")
        if not (left and equals and right):
            raise UsageError(f"{option} {pair!r} is not {shape}", f"write {option} {such}")
        pairs[left] = right
    return pairs


def recipe_of(sources: Sequence[Source]) -> Recipe:
    """A recipe of these sources alone. Raises UsageError where they make none."""
    try:
        return Recipe.model_validate({"system_prompt": None, "sources": list(sources)})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][2:]) or "source"
        raise UsageError(
            f"{where}: {first['msg'].removeprefix('Value error, ')}", "see `curate import --help`"
        ) from None


def add_sources(recipe_path: Path, sources: Sequence[Source]) -> Iterator[str]:
    """Adds each to the recipe, and says what its files hold. Nothing is added where one cannot be read,
    or holds no row that can be used.

    Raises UsageError for a source that the recipe has already, SourceError and RecipeError.
    """
    recipe = load_recipe(recipe_path)
    root = recipe_path.absolute().parent
    entries = [{**source, "path": _beside(source["path"], root)} for source in sources]
    known = {source.path for source in recipe.sources}
    seen = {path.resolve() for source in recipe.sources for path in _files(source.path, root, recipe)}
    for entry in entries:
        alone = recipe.model_copy(update={"sources": recipe_of([entry]).sources})
        files = [
            file
            for file in located_files(alone, root, lambda _: None)
            if file.path is None or file.path.resolve() not in seen
        ]
        if not files or entry["path"] in known:
            raise UsageError(
                f"{entry['path']}: the recipe has it already", "`curate import --dry-run` shows its sources"
            )
        known.add(entry["path"])
        seen |= {file.path.resolve() for file in files if file.path}
        try:
            tables = list(_read(files, alone, root))
        except SourceError as error:
            raise unreadable(files, alone, root) or error from None
        yield from _said(tables)
        check_any_used(tables)
    for entry in entries:
        add_source(recipe_path, entry)
        yield f"added {entry['path']} to {recipe_path}"


def _read(files: Sequence[LocatedFile], recipe: Recipe, root: Path) -> Iterator[ReadTable]:
    rejected: ByReason = {}
    for file in files:
        for batch in import_file(file, recipe, root):
            add_rejects(rejected, batch.rejects)
            if batch.count:
                yield ReadTable(batch.count, rejected, file.path, recipe.sources[file.source])
                rejected = {}


def _said(tables: Sequence[ReadTable]) -> list[str]:
    lines: list[str] = []
    telling = Telling(lines.append)
    for table in tables:
        telling.read(table.count, table.rejected, table.path, table.source)
    telling.end()
    return lines


def _files(path: str, root: Path, recipe: Recipe) -> list[Path]:
    """The files of a source that the recipe has; none yet is no mistake here."""
    try:
        return [] if path.startswith(HUB) else locate(path, root, path, root / recipe.workspace).files
    except SourceError:
        return []


def _beside(path: str, root: Path) -> str:
    """The path as the recipe names it: from its own folder on."""
    return path if path.startswith(HUB) else source_name(Path(path), root)
