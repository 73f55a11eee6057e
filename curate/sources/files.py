"""Which files the recipe's sources name, in order, each with the hash of its bytes, before any is parsed."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from curate.file_hash import FileHash
from curate.sources.locate import HUB, locate, source_name
from curate.sources.telling import SHOWN, first_of
from schemas.errors import SourceError
from schemas.recipe import Recipe


@dataclass(frozen=True, slots=True)
class LocatedFile:
    """One file of a source. `name` stands in every row's `source`; `source` is the position in
    `recipe.sources`, from 0.

    An `hf:` dataset is one too, without path and hash: it has no bytes of its own, and its hash, over its
    rows, is known when they are read.
    """

    name: str
    source: int
    path: Path | None = None
    hashed: FileHash | None = None
    stamp: tuple[int, int] | None = None  # size and time of change, taken before the hash

    @property
    def sha256(self) -> str | None:
        return self.hashed.hexdigest if self.hashed else None

    def check_unchanged(self) -> None:
        """Raises SourceError when the file is no longer the one that was hashed."""
        if self.path is not None and _stamp(self.path) != self.stamp:
            raise SourceError(f"{self.name}: changed while it was read", "build again when it is complete")


def located_files(recipe: Recipe, root: Path, say: Callable[[str], None]) -> list[LocatedFile]:
    """Sources in the recipe's order, their files by path; `root` is the recipe's folder. A file that two
    sources match is the first one's. Files that are passed over are named to `say`.

    Raises SourceError for a source that names nothing readable.
    """
    return [
        LocatedFile(name, number) if path is None else _located(name, number, path)
        for name, number, path in _named(recipe, root, say)
    ]


class Origins:
    """Which source of the recipe a row came from, by what stands in its `source`. Files are looked up when
    it is first asked, with nothing said."""

    def __init__(self, recipe: Recipe, root: Path) -> None:
        self._recipe = recipe
        self._root = root

    def __call__(self, source: str) -> int | None:
        """Its position in `recipe.sources`."""
        dataset = source.rpartition(":")[0]  # of the hub, before the name of the split
        return self._numbers.get(source, self._numbers.get(dataset))

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for name, number, _ in _named(self._recipe, self._root, lambda _: None)}


def _named(recipe: Recipe, root: Path, say: Callable[[str], None]) -> Iterator[tuple[str, int, Path | None]]:
    """Each file's name, its source and where it is; a dataset of the hub is nowhere."""
    seen: set[Path] = set()
    for number, source in enumerate(recipe.sources):
        if source.path.startswith(HUB):
            yield source.path, number, None
            continue
        located = locate(source.path, root, f"source {number + 1}", apart=root / recipe.workspace)
        for line in _passed_over(located.passed_over, root):
            say(line)
        doubled: list[str] = []
        for path in located.files:
            name = source_name(path, root)
            if path.resolve() in seen:
                doubled.append(f"{name}: passed over, an earlier source has it")
                continue
            seen.add(path.resolve())
            yield name, number, path
        for line in first_of(doubled, lambda n: f"{n:,} files more passed over, an earlier source has them"):
            say(line)


def _passed_over(paths: Sequence[Path], root: Path) -> list[str]:
    lines = [f"{source_name(path, root)}: passed over, no format that is read" for path in paths]
    kinds = Counter(path.suffix or "no suffix" for path in paths[SHOWN:]).most_common()
    named = ", ".join(f"{count:,} {suffix}" for suffix, count in kinds)
    return first_of(lines, lambda n: f"{n:,} files more passed over: {named}")


def _located(name: str, number: int, path: Path) -> LocatedFile:
    try:
        stamp = _stamp(path)
        hashed = FileHash.of(path)
    except OSError as error:
        raise SourceError(
            f"{name}: cannot be read ({error})", "look at its permissions and its disk"
        ) from None
    return LocatedFile(name, number, path, hashed, stamp)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
