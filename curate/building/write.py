"""Write: splits with the fixed system prompt, ledger, duplicates, rejects, recipe, card, report, manifest.

All of it goes to a temporary folder that is renamed when it is whole.
"""

import hashlib
import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.parquet as pq
from ruamel.yaml import YAML

from curate import atomic
from curate.building.card import card
from curate.building.inputs import data_part
from curate.building.report import report
from curate.version import SPLITS, DatasetVersion, sha256_of
from schemas.arrow import duplicates_table, examples_table, has_tools, ledger_table
from schemas.canonical import to_json
from schemas.errors import VersionError
from schemas.example import Example, Message
from schemas.ledger import DuplicatePair, Event, Reject
from schemas.manifest import FileHash, Manifest
from schemas.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that a version holds, before it has a name."""

    rows: Sequence[Example]
    events: Sequence[Event]
    pairs: Sequence[DuplicatePair]
    rejects: Sequence[Reject]

    def digest(self, inputs_sha256: str) -> str:
        """The version id: 12 hex digits over the inputs, every row and every event."""
        hashed = hashlib.sha256(inputs_sha256.encode())
        for row in self.rows:
            hashed.update(f"{row.example_id} {row.content_hash} {row.split}\n".encode())
        for e in self.events:
            fact = [e.example_id, e.stage, e.action, e.reason, e.matched_id, e.after_hash]
            hashed.update(to_json(fact).encode("utf-8", "surrogatepass"))
        return hashed.hexdigest()[:12]


def with_system_prompt(rows: Sequence[Example], prompt: str | None) -> list[Example]:
    """Every example with the one system prompt first, or with none."""
    if prompt is None:
        return list(rows)
    first = Message("system", prompt)
    return [replace(row, messages=(first, *row.messages)) for row in rows]


def write_version(path: Path, recipe: Recipe, manifest: Manifest, contents: Contents) -> DatasetVersion:
    """Writes the version at `path`. One that stands there already is kept when whole, else replaced."""
    if path.exists():
        try:
            standing = DatasetVersion.open(path)
            standing.verify()
        except VersionError:
            shutil.rmtree(path)
        else:
            return standing
    with atomic.folder(path) as temporary:
        rows = _write_tables(temporary, recipe, contents)
        (temporary / "recipe.yaml").write_text(_recipe_text(recipe), encoding="utf-8")
        (temporary / "README.md").write_text(card(recipe, manifest), encoding="utf-8")
        (temporary / "report.html").write_text(report(recipe, manifest, contents), encoding="utf-8")
        files = {
            name: FileHash(sha256=sha256_of(f), bytes=f.stat().st_size, rows=rows.get(name))
            for f in sorted(temporary.rglob("*"))
            if f.is_file() and (name := f.relative_to(temporary).as_posix())
        }
        whole = manifest.model_copy(update={"files": files})
        (temporary / "manifest.json").write_text(whole.to_json(), encoding="utf-8")
    return DatasetVersion(path, whole)


def _write_tables(folder: Path, recipe: Recipe, contents: Contents) -> dict[str, int]:
    """Writes the tables and returns the rows of each file."""
    (folder / "data").mkdir()
    written = with_system_prompt(contents.rows, recipe.system_prompt)
    tools = has_tools(written)
    tables = {
        f"data/{split}.parquet": examples_table([r for r in written if r.split == split], tools)
        for split in SPLITS
    }
    tables["ledger.parquet"] = ledger_table(contents.events)
    tables["duplicates.parquet"] = duplicates_table(contents.pairs)
    for name, table in tables.items():
        pq.write_table(table, folder / name, compression="zstd")
    lines = [to_json({k: getattr(r, k) for k in r.__slots__}) for r in contents.rejects]
    (folder / "rejects.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return {name: table.num_rows for name, table in tables.items()} | {"rejects.jsonl": len(lines)}


def _recipe_text(recipe: Recipe) -> str:
    text = io.StringIO()
    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.dump(data_part(recipe), text)
    return text.getvalue()
