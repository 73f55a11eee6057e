"""Write: splits with the fixed system prompt, ledger, duplicates, rejects, recipe, card, report, manifest.

All of it goes to a temporary folder that is renamed when it is whole. Rows are written part by part.
"""

import hashlib
import io
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ruamel.yaml import YAML

from curate import atomic
from curate.building.card import card
from curate.building.features import has_tools
from curate.building.inputs import data_part
from curate.building.splits import write_splits
from curate.building.standing import Standing
from curate.file_hash import sha256_of
from curate.flow.table import Table
from curate.report.gather import Gatherer
from curate.version import DatasetVersion
from schemas.arrow import LEDGER, examples_schema
from schemas.canonical import to_json
from schemas.errors import VersionError
from schemas.ledger import Reject
from schemas.manifest import FileHash, Manifest
from schemas.recipe import Recipe

_ROW_GROUP = 16_384  # of the ledger
_FACTS = ("example_id", "stage", "action", "reason", "matched_id", "after_hash")


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that a version holds, before it has a name. `events` are the ledger without `seq`."""

    table: Table
    events: Sequence[pa.Table]
    pairs: pa.Table
    rejects: Sequence[Reject]

    def digest(self, inputs_sha256: str) -> str:
        """The version id: 12 hex digits over the inputs, every row and every event."""
        hashed = hashlib.sha256(inputs_sha256.encode())
        alive = self.table.alive
        for column in (self.table.ids, self.table.keys, self.table.groups):
            hashed.update(column[alive].tobytes())
        splits = self.table.splits[alive]
        hashed.update(splits.view(np.uint8).astype("<u4").tobytes())  # in UTF-32
        for events in self.events:
            columns = [pc.fill_null(events.column(name), "") for name in _FACTS]
            facts = pc.binary_join_element_wise(*columns, "\x1f")
            for lines in pc.binary_join_element_wise(facts, "", "\n").chunks:
                hashed.update(_text(lines))
        return hashed.hexdigest()[:12]

    def rows_of(self, split: str) -> int:
        return int((self.table.splits[self.table.alive] == split.encode()).sum())


def write_version(
    path: Path,
    recipe: Recipe,
    certified: Callable[[], Manifest],
    gathered: Callable[[], Gatherer],
    contents: Contents,
) -> DatasetVersion:
    """Writes the version at `path`. One that stands there already, or by the time that this one is written,
    is kept when whole, else replaced. When the tables are written, `certified` is asked for the manifest, all
    but the files, and `gathered` for what the report shows."""
    if path.exists():
        if standing := _whole(path):
            return standing
        shutil.rmtree(path)
    before = Standing(contents.table.cache, path.parent)
    try:
        with atomic.folder(path) as temporary:
            manifest = _write(temporary, path.name, recipe, certified, gathered, contents, before)
    except OSError:
        if standing := _whole(path):  # another build was first
            return standing
        raise
    before.keep()
    return DatasetVersion(path, manifest)


def _whole(path: Path) -> DatasetVersion | None:
    """The version that stands there; None where none does, or a damaged one."""
    try:
        standing = DatasetVersion.open(path)
        standing.verify()
    except VersionError:
        return None
    return standing


def _write(
    folder: Path,
    name: str,
    recipe: Recipe,
    certified: Callable[[], Manifest],
    gathered: Callable[[], Gatherer],
    contents: Contents,
    standing: Standing,
) -> Manifest:
    """Writes all files of the version `name` into a folder."""
    rows = _write_tables(folder, name, recipe, contents, standing)
    (folder / "recipe.yaml").write_text(_recipe_text(recipe), encoding="utf-8")
    with ThreadPoolExecutor() as pool:
        hashed = {f: pool.submit(sha256_of, f) for f in _files(folder)}
        manifest = certified()
        (folder / "README.md").write_text(card(recipe, manifest), encoding="utf-8")
        (folder / "report.html").write_text(gathered().page(recipe, manifest), encoding="utf-8")
        hashed |= {f: pool.submit(sha256_of, f) for f in _files(folder) if f not in hashed}
    files = {}
    for file in _files(folder):
        path = file.relative_to(folder).as_posix()
        digest = hashed[file].result()
        files[path] = FileHash(sha256=digest, bytes=file.stat().st_size, rows=rows.get(path))
    whole = manifest.model_copy(update={"files": files})
    (folder / "manifest.json").write_text(whole.to_json(), encoding="utf-8")
    return whole


def _files(folder: Path) -> list[Path]:
    return sorted(f for f in folder.rglob("*") if f.is_file())


def _write_tables(
    folder: Path, name: str, recipe: Recipe, contents: Contents, standing: Standing
) -> dict[str, int]:
    """Writes the tables of the version `name` and returns the rows of each file."""
    (folder / "data").mkdir()
    schema = examples_schema(has_tools(contents.table))
    rows = write_splits(folder, name, contents.table, recipe.system_prompt, schema, standing)
    ledger = _ledger(contents.events)
    pq.write_table(ledger, folder / "ledger.parquet", compression="zstd", row_group_size=_ROW_GROUP)
    pq.write_table(contents.pairs, folder / "duplicates.parquet", compression="zstd")
    lines = [to_json({k: getattr(r, k) for k in r.__slots__}) for r in contents.rejects]
    (folder / "rejects.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return rows | {
        "ledger.parquet": ledger.num_rows,
        "duplicates.parquet": contents.pairs.num_rows,
        "rejects.jsonl": len(lines),
    }


def _ledger(events: Sequence[pa.Table]) -> pa.Table:
    """All events with their numbers, in one piece: bytes do not depend on how they came."""
    together = pa.concat_tables(events).combine_chunks()
    numbers = pa.array(np.arange(1, together.num_rows + 1), pa.int64())
    return together.add_column(0, LEDGER.field("seq"), numbers)


def _text(strings: pa.StringArray) -> bytes:
    """All of them, one after another, in UTF-8."""
    if not len(strings):
        return b""
    offsets = np.frombuffer(strings.buffers()[1], np.int32)[strings.offset :][: len(strings) + 1]
    return memoryview(strings.buffers()[2])[offsets[0] : offsets[-1]].tobytes()


def _recipe_text(recipe: Recipe) -> str:
    text = io.StringIO()
    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.dump(data_part(recipe), text)
    return text.getvalue()
