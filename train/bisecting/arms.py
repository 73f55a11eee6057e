"""Arms: dataset versions between A and B, made of their rows alone.

An arm is B with the changed rows of some groups as A has them: edited ones with A's text, added ones gone,
removed ones back in their place, moved ones in A's split. Every row has B's system prompt. It is a dataset
version like any other, named by a hash over all that is trained, and stands beside no version of the user:

    .siftune/bisects/datasets/<version>/    data/{train,validation,test}.parquet · ledger.parquet · …

The ledger says which rows were put back, and why. With nothing put back the arm is B itself; with everything,
A itself where the system prompts are the same.
"""

import hashlib
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from curate import atomic
from curate.file_hash import sha256_of
from curate.version import SPLITS, DatasetVersion
from schemas.arrow import duplicates_table, examples_table, has_tools, ledger_table
from schemas.canonical import to_json
from schemas.example import Example, Message
from schemas.ledger import Event
from schemas.manifest import FileHash, Leaks, Manifest
from train.auditing.changes import Changes

_STAGE = "bisect"
Rows = Mapping[str, Sequence[Example]]  # by split, in order


class Arms:
    """`folder`: where they are written. Those that stand are not written again."""

    def __init__(self, a: DatasetVersion, b: DatasetVersion, changes: Changes, folder: Path) -> None:
        self._a, self._b, self._changes, self._folder = a, b, changes, folder
        self._rows_a, self._rows_b = _by_split(a), _by_split(b)
        self._known = {_digest(self._rows_b): b}
        self._known.setdefault(_digest(self._rows_a), a)

    def version(self, back: Collection[str]) -> DatasetVersion:
        """With these changed examples as A has them."""
        rows = self._mixed(frozenset(back))
        digest = _digest(rows)
        if digest not in self._known:
            self._known[digest] = self._written(digest, rows, back)
        return self._known[digest]

    def _mixed(self, back: frozenset[str]) -> dict[str, list[Example]]:
        """Rows of A stand behind the row that they follow in A."""
        prompt = self._b.recipe.system_prompt
        mixed = {}
        for split in SPLITS:
            restored = [_with_prompt(e, prompt) for e in self._rows_a[split]]
            theirs = {e.example_id: e for e in restored if e.example_id in back}
            mine = [e for e in self._rows_b[split] if e.example_id not in back]
            after: dict[str | None, list[Example]] = {}
            standing = {e.example_id for e in mine}
            last: str | None = None
            for one in restored:
                if one.example_id in standing:
                    last = one.example_id
                elif one.example_id in theirs:
                    after.setdefault(last, []).append(one)
            mixed[split] = [
                *after.get(None, ()),
                *(e for one in mine for e in (one, *after.get(one.example_id, ()))),
            ]
        return mixed

    def _written(self, digest: str, rows: Rows, back: Collection[str]) -> DatasetVersion:
        path = self._folder / digest
        if (path / "manifest.json").is_file():
            return DatasetVersion.open(path)
        shutil.rmtree(path, ignore_errors=True)
        with atomic.folder(path) as folder:
            (folder / "data").mkdir()
            tools = has_tools(e for of in rows.values() for e in of)
            for split, own in rows.items():
                pq.write_table(examples_table(own, tools), folder / "data" / f"{split}.parquet")
            pq.write_table(ledger_table(self._events(sorted(back))), folder / "ledger.parquet")
            pq.write_table(duplicates_table([]), folder / "duplicates.parquet")
            (folder / "rejects.jsonl").write_text("", encoding="utf-8")
            shutil.copyfile(self._b.path / "recipe.yaml", folder / "recipe.yaml")
            (folder / "README.md").write_text(self._told(len(back)), encoding="utf-8")
            files = {
                file.relative_to(folder).as_posix(): FileHash(
                    sha256=sha256_of(file), bytes=file.stat().st_size
                )
                for file in sorted(folder.rglob("*"))
                if file.is_file()
            }
            manifest = self._manifest(digest, rows).model_copy(update={"files": files})
            (folder / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
        return DatasetVersion.open(path)

    def _events(self, back: Sequence[str]) -> list[Event]:
        before, after = self._changes.before, self._changes.after
        reason = f"put back as version {self._a.version} has it"
        return [
            Event(
                name,
                _STAGE,
                "dropped" if name not in before else "created" if name not in after else "edited",
                reason,
                before_hash=after[name].content_hash if name in after else None,
                after_hash=before[name].content_hash if name in before else None,
            )
            for name in back
        ]

    def _told(self, count: int) -> str:
        return (
            f"# Between two versions\n\nVersion {self._b.version} with {count:,} changed rows as version "
            f"{self._a.version} has them, made by `train bisect` to be trained on. It can be removed.\n"
        )

    def _manifest(self, digest: str, rows: Rows) -> Manifest:
        """Rows in and out are those that it holds. Of leaks, groups in two splits are counted; near-duplicate
        pairs are not looked for, as A and B were searched when they were built."""
        b = self._b.manifest
        kept = {split: len(own) for split, own in rows.items()}
        total = sum(kept.values())
        return Manifest(
            version=digest,
            name=b.name,
            inputs_sha256=_sha256([self._a.version, self._b.version]),
            recipe_sha256=b.recipe_sha256,
            sources=[],
            rows_in=total,
            rejected=0,
            created=0,
            kept=total,
            stages=[],
            splits=kept,
            leaks=Leaks(cross_split_pairs=0, cross_split_groups=_in_two_splits(rows)),
            system_prompt_sha256=b.system_prompt_sha256,
            decisions_applied=b.decisions_applied,
        )


def _by_split(version: DatasetVersion) -> dict[str, list[Example]]:
    return {split: version.examples(split) for split in SPLITS}


def _with_prompt(example: Example, prompt: str | None) -> Example:
    """With this system prompt first, None for none."""
    system = (Message("system", prompt),) if prompt else ()
    return replace(example, messages=(*system, *example.turns))


def _digest(rows: Rows) -> str:
    """12 hex digits over all that is trained and measured: ids, splits and texts, in whatever order: a new
    source moves the rows of all after it, and a run of A stands for A's rows."""
    listed = (
        [split, e.example_id, [m.to_dict() for m in e.messages]]
        for split in SPLITS
        for e in sorted(rows[split], key=lambda e: e.example_id)
    )
    return _sha256(listed)[:12]


def _sha256(parts: Iterable[object]) -> str:
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(to_json(part).encode("utf-8", "surrogatepass") + b"\n")
    return hashed.hexdigest()


def _in_two_splits(rows: Rows) -> int:
    own = {split: {e.group_id for e in of if e.group_id} for split, of in rows.items()}
    every = [group for found in own.values() for group in found]
    return len(every) - len(set(every))
