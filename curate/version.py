"""A dataset version: an immutable folder, read lazily and checked against its manifest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from curate.file_hash import sha256_of
from schemas.errors import UsageError, VersionError
from schemas.example import Example
from schemas.ledger import DuplicatePair, Event, Reject
from schemas.manifest import Manifest
from schemas.recipe import Recipe
from schemas.recipe_file import load_recipe

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from datasets import DatasetDict

    from curate.history.diff import Diff
    from curate.history.why import Story

SPLITS = ("train", "validation", "test")
Filter = tuple[str, str, object]
_BATCH_ROWS = 4096


@dataclass(frozen=True)
class DatasetVersion:
    """One built version. Tables are read when asked for; nothing is ever written."""

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: Path) -> "DatasetVersion":
        """Raises VersionError when there is no manifest, or one that says nothing."""
        try:
            text = (path / "manifest.json").read_text(encoding="utf-8")
            return cls(path, Manifest.model_validate_json(text))
        except FileNotFoundError:
            raise VersionError(f"{path}: no dataset version here", "run `curate build`") from None
        except (ValidationError, UnicodeDecodeError) as error:
            raise VersionError(f"{path / 'manifest.json'}: damaged ({error})", _REBUILD) from None

    @property
    def version(self) -> str:
        return self.manifest.version

    @property
    def splits(self) -> dict[str, int]:
        """Rows by split."""
        return self.manifest.splits

    @cached_property
    def recipe(self) -> Recipe:
        """The data part of the recipe as it was built."""
        return load_recipe(self.path / "recipe.yaml")

    def examples(self, split: str | None = None) -> list[Example]:
        """The examples of one split, or of all, in file order, the system prompt first in each."""
        from schemas.arrow import example_of

        names = [split] if split else list(SPLITS)
        return [
            example_of(row, name) for name in names for row in self.read(f"data/{name}.parquet").to_pylist()
        ]

    def ledger(self) -> "pd.DataFrame":
        """Every event, in order; columns as in `schemas.arrow.LEDGER`."""
        frame: pd.DataFrame = self.read("ledger.parquet").to_pandas()
        return frame

    def events(self) -> list[Event]:
        """The ledger as Events, in order."""
        from schemas.arrow import event_of

        return [event_of(row) for row in self.read("ledger.parquet").to_pylist()]

    def duplicates(self) -> "pd.DataFrame":
        """Every dropped duplicate and the row kept instead; columns as in `schemas.arrow.DUPLICATES`."""
        frame: pd.DataFrame = self.read("duplicates.parquet").to_pandas()
        return frame

    def pairs(self) -> list[DuplicatePair]:
        """The duplicates as DuplicatePairs."""
        return [DuplicatePair(**row) for row in self.read("duplicates.parquet").to_pylist()]

    def rejects(self) -> list[Reject]:
        """Every raw row that could not be read."""
        import orjson

        lines = (self.path / "rejects.jsonl").read_bytes().splitlines()
        return [Reject(**orjson.loads(line)) for line in lines]

    def why(self, name: str) -> "Story":
        """The story of an example, by id, unique prefix of an id, or `source:line`."""
        from curate.history.why import tell

        return tell(self, name)

    def diff(self, other: "DatasetVersion") -> "Diff":
        """What changed from this version to `other`."""
        from curate.history.diff import compare

        return compare(self, other)

    def to_datasets(self) -> "DatasetDict":
        """The splits as a `datasets.DatasetDict`, memory-mapped."""
        from datasets import load_dataset

        files = {name: str(self.path / f"data/{name}.parquet") for name, n in self.splits.items() if n}
        return load_dataset("parquet", data_files=files)

    def verify(self) -> None:
        """Every file against the manifest's hash. Raises VersionError naming the first that differs."""
        for name, expected in self.manifest.files.items():
            file = self.path / name
            if not file.is_file() or sha256_of(file) != expected.sha256:
                raise VersionError(f"{file}: missing or not as it was built", _REBUILD)

    def read(
        self, name: str, columns: Sequence[str] | None = None, filters: Sequence[Filter] | None = None
    ) -> "pa.Table":
        """A table of the version, or the columns and rows of it that are asked for: `filters` hold all, each
        a column, an operator (`=`, `in`) and a value. Raises VersionError for one missing or damaged."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._need(name)
        try:
            return pq.read_table(
                self.path / name,
                columns=None if columns is None else list(columns),
                filters=None if filters is None else list(filters),
            )
        except (pa.ArrowInvalid, OSError) as error:
            raise VersionError(f"{self.path / name}: damaged ({error})", _REBUILD) from None

    def batches(self, name: str, columns: Sequence[str] | None = None) -> "Iterator[pa.RecordBatch]":
        """A table in batches, for passes over all of it in little memory. Raises as `read` does."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._need(name)
        try:
            with pq.ParquetFile(self.path / name) as file:
                yield from file.iter_batches(_BATCH_ROWS, columns=None if columns is None else list(columns))
        except (pa.ArrowInvalid, OSError) as error:
            raise VersionError(f"{self.path / name}: damaged ({error})", _REBUILD) from None

    def _need(self, name: str) -> None:
        if (self.path / name).is_file():
            return
        if name.startswith("data/") and name[5:-8] not in SPLITS:
            raise UsageError(f"{name[5:-8]!r} is no split", f"use one of {', '.join(SPLITS)}")
        raise VersionError(f"{self.path / name}: missing", _REBUILD)


_REBUILD = "run `curate build` again: it replaces a damaged version"
