"""Where the lines of files start: kept by a file's hash, so that no build looks for all of them again."""

from pathlib import Path

from curate.flow.cache import StageCache
from curate.flow.keys import digest
from curate.sources import LocatedFile, line_starts, line_starts_on
from schemas.arrays import Ints


class LineStarts:
    """Of files that `can_be_resumed`."""

    def __init__(self, cache: StageCache) -> None:
        self._cache = cache
        self._known: dict[str, Ints] = {}

    def of(self, file: LocatedFile, first: str | None = None) -> Ints:
        """As of `curate.sources.line_starts`. `first` is the hash of a first part of the file, which may have
        been the whole file in an earlier build."""
        assert file.path is not None
        assert file.sha256 is not None
        if file.sha256 not in self._known:
            starts = self._kept(file.sha256)
            if starts is None:
                starts = _found(file.path, file.stamp, self._kept(first))
                self._cache.keep_arrays(_key(file.sha256), {"starts": starts})
            self._known[file.sha256] = starts
        return self._known[file.sha256]

    def _kept(self, sha256: str | None) -> Ints | None:
        found = self._cache.arrays(_key(sha256), mapped=True) if sha256 is not None else None
        return found["starts"] if found else None


def _found(path: Path, stamp: tuple[int, int] | None, before: Ints | None) -> Ints:
    return line_starts(path, stamp) if before is None else line_starts_on(path, before)


def _key(sha256: str) -> str:
    return digest([b"line starts", sha256.encode()])
