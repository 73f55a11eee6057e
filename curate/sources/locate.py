"""Which files a source of the recipe names: a file, a folder, or a glob."""

import difflib
import glob
import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from curate.sources.table import SUFFIXES, readable
from schemas.errors import SourceError

HUB = "hf:"
_MAX_LOOKED_AT = 10_000  # files, for a suggestion


@dataclass(frozen=True, slots=True)
class Located:
    """`files` sorted by path; `passed_over` are files of a folder or glob in no format that is read."""

    files: list[Path]
    passed_over: list[Path]


def locate(path: str, root: Path, where: str, apart: Path) -> Located:
    """Files below `apart` are our own output and no source. Raises SourceError where nothing matches, or
    where a file named by itself has no known format."""
    named = root / path
    if named.is_file():
        if not readable(named):
            raise SourceError(
                f"{where}: {path}: files with the suffix {named.suffix!r} are not read",
                f"use one of {', '.join(SUFFIXES)}, the text ones also with .gz or .zst",
            )
        return Located([named], [])
    # `glob`, and not Path.glob: it passes over hidden files and takes patterns with `..` or a root.
    pattern = f"{glob.escape(path)}/**/*" if named.is_dir() else path
    found = {root / name for name in glob.iglob(pattern, root_dir=root, recursive=True)}  # noqa: PTH207
    files = sorted(f for f in found if f.is_file() and not f.resolve().is_relative_to(apart.resolve()))
    located = Located([f for f in files if readable(f)], [f for f in files if not readable(f)])
    if not located.files:
        raise SourceError(f"{where}: {path}: {_nothing(named, files)}", _suggestion(path, root))
    return located


def source_name(path: Path, root: Path) -> str:
    """`path` from `root` on with `/`, or the whole path where it lies outside."""
    # Links are not followed: a source keeps the name that the recipe's reader knows.
    named, folder = (Path(os.path.normpath(p.absolute())) for p in (path, root))
    return (named.relative_to(folder) if named.is_relative_to(folder) else named).as_posix()


def _nothing(named: Path, files: list[Path]) -> str:
    if files:
        return "no file there has a format that is read"
    return "this folder holds no files" if named.is_dir() else "no such file"


def _suggestion(path: str, root: Path) -> str:
    around = islice(glob.iglob("**/*", root_dir=root, recursive=True), _MAX_LOOKED_AT)  # noqa: PTH207
    names = sorted(Path(name).as_posix() for name in around if readable(Path(name)))
    nearest = difflib.get_close_matches(path, names, n=1, cutoff=0.5)
    if nearest:
        return f"did you mean {nearest[0]}?"
    return (
        f"there are {', '.join(names[:5])}" if names else "put the file there, or mend the path in the recipe"
    )
