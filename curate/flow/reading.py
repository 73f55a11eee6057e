"""Reading: every source as parts of normalised rows, each row with its key.

What a file gave is kept by the file's hash: keys, events, rejects, counts, and no text of an example. The
rows themselves lie in a scratch folder while the build runs; a file that was not read this time is read when
its rows are asked for.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa

from curate.flow.cache import StageCache
from curate.flow.entry import KEY, NO_EVENTS, enter, ids_in, keys_in
from curate.flow.keys import Ids, Ints, Keys, digest, fingerprint, no_ids, no_keys
from curate.sources import IMPORT_VERSION, LocatedFile, described, import_file, import_lines
from curate.stages.normalise import Normalise
from schemas.canonical import to_json
from schemas.ledger import Reject
from schemas.manifest import SourceCount
from schemas.recipe import Recipe
from schemas.row_table import ROWS

PART_ROWS = 2048


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
        """The same where the same rows stand in this order."""
        return digest([self.keys.tobytes()])


@dataclass(frozen=True, slots=True)
class FileRead:
    """What one file gave. `rows_in` are examples before normalising, `sizes` the rows of each part after."""

    sizes: list[int]
    ids: Ids
    keys: Keys
    lines: Ints
    rows_in: int
    events: pa.Table
    rejects: list[Reject]
    counts: list[SourceCount]

    def tables(self) -> list[pa.Table]:
        about = {
            "sizes": self.sizes,
            "rows_in": self.rows_in,
            "counts": [count.model_dump(mode="json") for count in self.counts],
        }
        rejects = [{name: getattr(r, name) for name in Reject.__slots__} for r in self.rejects]
        return [
            pa.table({"about": [to_json(about)]}),
            pa.table(
                {
                    "key": pa.array(self.keys.astype(object), KEY.type),
                    "example_id": pa.array(self.ids.astype(str), pa.string()),
                    "line": self.lines,
                }
            ),
            self.events,
            pa.table({"reject": pa.array([to_json(r) for r in rejects], pa.string())}),
        ]

    @classmethod
    def of_tables(cls, tables: list[pa.Table]) -> "FileRead":
        about = orjson.loads(tables[0].column("about")[0].as_py())
        rejects = [Reject(**orjson.loads(text)) for text in tables[3].column("reject").to_pylist()]
        counts = [SourceCount.model_validate(count) for count in about["counts"]]
        _, rows, events, _ = tables
        lines = rows.column("line").to_numpy()
        return cls(
            about["sizes"], ids_in(rows), keys_in(rows), lines, about["rows_in"], events, rejects, counts
        )


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
        self._say = say

    def read(self, advance: Callable[[int], None]) -> list[FileRead]:
        """Every file, from the cache where its bytes were read before. Raises SourceError."""
        return [self._known_or_read(number, advance) for number in range(len(self._files))]

    def rows(self, part: Part, index: Ints) -> pa.Table:
        """Rows of a part as normalised, by their places in it; the table's schema is ROWS."""
        path = self._path(part.file, part.number)
        if not path.exists():
            found = self._alone(part, index)
            if found is not None:
                return found
            self._read(part.file, lambda _: None)
        with pa.memory_map(str(path)) as source:
            return pa.ipc.open_file(source).read_all().take(pa.array(index))

    def at_hand(self, part: Part) -> bool:
        """Whether the part was read in this build."""
        return self._path(part.file, part.number).exists()

    def _alone(self, part: Part, index: Ints) -> pa.Table | None:
        """The rows from their own lines of the file, or None where they cannot be had without the others."""
        file = self._files[part.file]
        lines = part.lines[index]
        order = np.argsort(lines, kind="stable")
        rows = import_lines(file, self._recipe, lines[order].tolist())
        if rows is None:
            return None
        contents = enter(Normalise(), rows, no_keys(), keep_all=True).contents
        if not np.array_equal(keys_in(contents), part.keys[index[order]]):
            return None
        return contents.select(ROWS.names).take(pa.array(np.argsort(order)))

    def _known_or_read(self, number: int, advance: Callable[[int], None]) -> FileRead:
        file = self._files[number]
        key = self._key(file)
        tables = self._cache.tables(key) if key else None
        if tables is not None:
            found = FileRead.of_tables(tables)
            advance(found.rows_in)
        else:
            found = self._read(number, advance)
            if key:
                self._cache.keep_tables(key, found.tables())
        for count in found.counts:
            reasons = Counter(reject.reason for reject in found.rejects if reject.source == count.path)
            self._say(described(count, reasons))
        return found

    def _key(self, file: LocatedFile) -> str | None:
        """A dataset of the hub has no bytes of its own: it is read anew."""
        if file.sha256 is None:
            return None
        source = self._recipe.sources[file.source].model_dump(mode="json", exclude={"path", "share"})
        group_by = self._recipe.split.group_by
        return fingerprint(
            ["file", file.sha256, file.name, source, group_by, IMPORT_VERSION, Normalise.version, PART_ROWS]
        )

    def _read(self, number: int, advance: Callable[[int], None]) -> FileRead:
        stage = Normalise()
        sizes: list[int] = []
        ids: list[Ids] = []
        keys: list[Keys] = []
        lines: list[Ints] = []
        events: list[pa.Table] = []
        rejects: list[Reject] = []
        counts: list[SourceCount] = []
        rows_in = 0
        for batch in import_file(self._files[number], self._recipe, self._root, PART_ROWS):
            rejects += batch.rejects
            counts += [batch.count] if batch.count else []
            if batch.examples:
                entry = enter(stage, batch.examples, no_keys(), keep_all=True)
                self._keep(number, len(sizes), entry.contents.select(ROWS.names))
                sizes.append(entry.contents.num_rows)
                ids.append(ids_in(entry.contents))
                keys.append(keys_in(entry.contents))
                lines.append(entry.contents.column("line").to_numpy())
                events.append(entry.events.drop_columns(["row"]))
                rows_in += len(batch.examples)
            advance(len(batch.examples))
        return FileRead(
            sizes,
            np.concatenate([no_ids(), *ids]),
            np.concatenate([no_keys(), *keys]),
            np.concatenate([np.empty(0, np.int64), *lines]),
            rows_in,
            pa.concat_tables([NO_EVENTS, *events]),
            rejects,
            counts,
        )

    def _keep(self, file: int, part: int, table: pa.Table) -> None:
        path = self._path(file, part)
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks())

    def _path(self, file: int, part: int) -> Path:
        return self._scratch / f"{file}-{part}.arrow"


def parts_of(files: Sequence[FileRead]) -> Iterator[Part]:
    """The parts of all files, in order; those without rows are left out."""
    for file, read in enumerate(files):
        start = 0
        for number, size in enumerate(read.sizes):
            if size:
                stretch = slice(start, start + size)
                yield Part(file, number, read.ids[stretch], read.keys[stretch], read.lines[stretch])
            start += size
