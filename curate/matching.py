"""Which file belongs to which path of a recipe."""

from fnmatch import fnmatchcase


def is_of(file: str, path: str) -> bool:
    """Whether a file is that of the recipe's path: the file itself, a glob, or a folder."""
    path = path.removeprefix("./")
    return file == path or fnmatchcase(file, path) or file.startswith(f"{path.rstrip('/')}/")
