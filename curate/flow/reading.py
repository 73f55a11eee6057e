"""Reading: every source as parts of normalised rows, each row with its key.

What a file gave is kept by the file's hash. A JSON Lines file that only grew is read from where its last
batch began; another large one is read in pieces, by worker processes as soon as there are some, which learn
what will be asked of its rows on the way. The rows themselves lie in a scratch folder while the build runs; a
file that was not read this time is read when its rows are asked for.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock

import numpy as np
import orjson
import pyarrow as pa

from curate.flow.batch_read import BatchRead, read_batch
from curate.flow.cache import StageCache
from curate.flow.collecting import collect
from curate.flow.entry import NO_EVENTS, enter, keys_in
from curate.flow.file_read import FileRead
from curate.flow.keys import Ids, Keys, digest, fingerprint, no_ids, no_keys, part_name
from curate.flow.line_starts import LineStarts
from curate.flow.pooled import Pool
from curate.flow.scratch import read_scratch
from curate.sources import (
    IMPORT_VERSION,
    ByReason,
    ImportedBatch,
    LocatedFile,
    Piece,
    Telling,
    add_rejects,
    can_be_resumed,
    import_file,
    import_lines,
    import_on,
    pieces_of,
)
from curate.stages.normalise import Normalise
from schemas.arrays import Ints
from schemas.canonical import to_json
from schemas.recipe import Recipe, Source
from schemas.row_table import ROWS

PART_ROWS = 8192
_VERSION = 2  # of what is kept of a file


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one file: ids and keys of its rows as normalised."""

    file: int
    number: int
    ids: Ids
    keys: Keys
    lines: Ints

    @property
    def id(self) -> str:
        return part_name(self.keys)


class Reading:
    """The files of a recipe. `scratch` is a folder that goes when the build ends."""

    def __init__(
        self,
        recipe: Recipe,
        root: Path,
        files: list[LocatedFile],
        cache: StageCache,
        scratch: Path,
        say: Callable[[str], None],
    ) -> None:
        self._recipe = recipe
        self._root = root
        self._files = files
        self._cache = cache
        self._scratch = scratch
        self._telling = Telling(say)
        self._lines = LineStarts(cache)
        self._one_at_a_time = Lock()  # who asks for rows of a file that is being read waits for it
        self._pieces: dict[tuple[int, int], int] = {}  # of a file's parts, where these are numbered otherwise

    def read(self, advance: Callable[[int], None], pool: Pool | None = None) -> list[FileRead]:
        """Every file, from the cache where its bytes were read before. Raises SourceError."""
        found = [self._known_or_read(number, advance, pool) for number in range(len(self._files))]
        if pool is not None:
            pool.finish()
        self._telling.end()
        return found

    def rows(self, part: Part, index: Ints) -> pa.Table:
        """Rows of a part as normalised, by their places in it; the table's schema is ROWS."""
        path = self._path(part.file, part.number)
        if not path.exists():
            found = self._alone(part, index)
            if found is not None:
                return found
            with self._one_at_a_time:
                if not path.exists():
                    self._read(part.file, lambda _: None)
        return read_scratch(path).take(pa.array(index))

    def at_hand(self, part: Part) -> bool:
        """Whether the part was read in this build."""
        return self.file_of(part) is not None

    def file_of(self, part: Part) -> Path | None:
        """The scratch file with the rows of a part that was read in this build."""
        path = self._path(part.file, part.number)
        return path if path.exists() else None

    def _alone(self, part: Part, index: Ints) -> pa.Table | None:
        """The rows from their own lines of the file, or None where they cannot be had without the others."""
        file = self._files[part.file]
        lines = part.lines[index]
        order = np.argsort(lines, kind="stable")
        starts = self._lines.of(file) if self._can_be_resumed(file) else None
        rows = import_lines(file, self._recipe, lines[order].tolist(), starts)
        if rows is None:
            return None
        contents = enter(Normalise(), rows, no_keys(), keep_all=True).contents
        if not np.array_equal(keys_in(contents), part.keys[index[order]]):
            return None
        return contents.select(ROWS.names).take(pa.array(np.argsort(order)))

    def _known_or_read(self, number: int, advance: Callable[[int], None], pool: Pool | None) -> FileRead:
        file = self._files[number]
        key = self._key(file, file.sha256)
        found = self._kept(key)
        if found is not None:
            advance(found.rows_in)
        else:
            found = self._read(number, advance, self._before_it_grew(file, pool), pool)
            if key and file.stamp:
                self._cache.soon(partial(self._keep, file, file.stamp[0], key, found))
        for count in found.counts:
            rejected: ByReason = {}
            add_rejects(rejected, (reject for reject in found.rejects if reject.source == count.path))
            self._telling.read(count, rejected, file.path, self._recipe.sources[file.source])
        return found

    def _kept(self, key: str | None) -> FileRead | None:
        if key is None:
            return None
        tables, arrays = self._cache.tables(key), self._cache.arrays(_rows_key(key), mapped=True)
        return FileRead.of(tables, arrays) if tables is not None and arrays is not None else None

    def _keep(self, file: LocatedFile, size: int, key: str, found: FileRead) -> None:
        if self._can_be_resumed(file):
            self._lines.of(file)
        self._cache.keep_arrays(_rows_key(key), found.arrays())
        self._cache.keep_tables(key, found.tables())
        about = {"sha256": file.sha256, "size": size}
        self._cache.keep_tables(self._place(file), [pa.table({"about": [to_json(about)]})])

    def _before_it_grew(self, file: LocatedFile, pool: Pool | None) -> FileRead | None:
        """What the file had given where its bytes of the last build are the first ones of those now."""
        tables = self._cache.tables(self._place(file))
        if tables is None or file.path is None or file.hashed is None or file.stamp is None:
            return None
        if not self._can_be_resumed(file):
            return None
        last = orjson.loads(tables[0].column("about")[0].as_py())
        more = file.stamp[0] - last["size"]
        if more < 0:
            return None
        if pool is not None:
            pool.begin_for(more)
        first = file.hashed.of_first(file.path, last["size"])
        if first != last["sha256"]:
            return None
        self._lines.of(file, first)
        return self._kept(self._key(file, first))

    def _can_be_resumed(self, file: LocatedFile) -> bool:
        return can_be_resumed(file, self._recipe.sources[file.source])

    def _key(self, file: LocatedFile, sha256: str | None) -> str | None:
        """A dataset of the hub has no bytes of its own: it is read anew."""
        return None if sha256 is None else fingerprint(["file", sha256, *self._about(file)])

    def _place(self, file: LocatedFile) -> str:
        """Under which it is kept how a file was when it was last read."""
        return fingerprint(["last file", *self._about(file)])

    def _about(self, file: LocatedFile) -> list[object]:
        """What its rows depend on beside its bytes."""
        source = self._recipe.sources[file.source].model_dump(mode="json", exclude={"path", "share"})
        group_by = self._recipe.split.group_by
        return [file.name, source, group_by, IMPORT_VERSION, Normalise.version, PART_ROWS, _VERSION]

    def _read(
        self,
        number: int,
        advance: Callable[[int], None],
        before: FileRead | None = None,
        pool: Pool | None = None,
    ) -> FileRead:
        """The file, from the last batch of `before` on where that is given, or in pieces in the pool."""
        file = self._files[number]
        known = FileRead([], no_ids(), no_keys(), np.empty(0, np.int64), 0, NO_EVENTS, [], [])
        source = self._recipe.sources[file.source]
        mark = before.last if before else None
        if before is not None and mark is not None:
            known = before.up_to(mark)
            advance(known.rows_in)
            more = import_on(file, self._recipe, mark.so_far, self._lines.of(file), PART_ROWS)
            batches = self._one_by_one(number, len(known.sizes), more, pool)
        elif pool is not None and (pieces := self._pieces_of(file, source, pool)) is not None:
            batches = self._in_pieces(number, pieces, pool)
        else:
            batches = self._one_by_one(number, 0, import_file(file, self._recipe, self._root, PART_ROWS))
        return collect(known, batches, advance, resumed=can_be_resumed(file, source))

    @staticmethod
    def _pieces_of(file: LocatedFile, source: Source, pool: Pool) -> Sequence[Piece] | None:
        """None where it is read in one go."""
        if file.stamp is None or not pool.begin_for(file.stamp[0]):
            return None
        return pieces_of(file, source, PART_ROWS)

    def _one_by_one(
        self, number: int, part: int, batches: Iterator[ImportedBatch], pool: Pool | None = None
    ) -> Iterator[BatchRead]:
        """`part` is the number of the first part that they make. Workers of a pool learn of them."""
        for batch in batches:
            path = self._path(number, part)
            read = read_batch(batch, path)
            if pool is not None and len(read.keys):
                pool.will_learn(path, read.keys)
            yield read
            part += bool(batch.examples)

    def _in_pieces(self, number: int, pieces: Sequence[Piece], pool: Pool) -> Iterator[BatchRead]:
        paths = [self._scratch / self._name(number, at) for at in range(len(pieces))]
        part = 0
        for at, batch in enumerate(pool.read(self._files[number], self._recipe, pieces, paths)):
            if batch.rows_in:
                self._pieces[number, part] = at
                part += 1
            yield batch

    def _path(self, file: int, part: int) -> Path:
        return self._scratch / self._name(file, self._pieces.get((file, part), part))

    @staticmethod
    def _name(file: int, piece: int) -> str:
        return f"{file}-{piece}.arrow"


def _rows_key(key: str) -> str:
    return digest([b"rows of a file", key.encode()])


def parts_of(files: Sequence[FileRead]) -> Iterator[Part]:
    """The parts of all files, in order; those without rows are left out."""
    for file, read in enumerate(files):
        start = 0
        for number, size in enumerate(read.sizes):
            if size:
                stretch = slice(start, start + size)
                yield Part(file, number, read.ids[stretch], read.keys[stretch], read.lines[stretch])
            start += size
