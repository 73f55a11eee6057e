"""A dataset version as the scores need it: where every raw row ended, and all text that it holds."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from samples.generate import KEY_NAME
from schemas.errors import DataError, VersionError

Place = tuple[str, int]
Key = Mapping[str, Any]

SPLITS = ("train", "validation", "test")


def place(entry: Mapping[str, Any]) -> Place:
    """File and position of an entry of the key or of a row of a table."""
    return str(entry["source"]), int(entry["line"])


def read_key(folder: Path) -> Key:
    """The answer key of a sample folder. Raises DataError."""
    path = folder / KEY_NAME
    try:
        key: Key = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path}: no answer key ({error})", "make the sample with `python -m samples.generate DIR`"
        ) from None
    return key


@dataclass(frozen=True)
class Built:
    """One version folder, read when asked for. Rows are named by their place in the raw files."""

    folder: Path

    def __post_init__(self) -> None:
        if not (self.folder / "manifest.json").is_file():
            raise VersionError(
                f"{self.folder}: no such dataset version", "name one that `curate versions` lists"
            )

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Imported rows of all splits: example_id, place, split, flags, messages."""
        tables = []
        for split in SPLITS:
            path = self.folder / "data" / f"{split}.parquet"
            if path.is_file():
                tables.append(_table(path).assign(split=split))
        rows: pd.DataFrame = pd.concat(tables, ignore_index=True)
        rows = rows[rows["origin"] != "augmented"].reset_index(drop=True)
        return rows.assign(place=_places(rows, ""))

    @cached_property
    def split_of(self) -> dict[Place, str]:
        return dict(zip(self.rows["place"], self.rows["split"], strict=True))

    @cached_property
    def flagged(self) -> set[tuple[Place, str]]:
        return {
            (at, flag)
            for at, flags in zip(self.rows["place"], self.rows["flags"], strict=True)
            for flag in flags
        }

    @cached_property
    def ids(self) -> dict[Place, str]:
        return dict(zip(self.rows["place"], self.rows["example_id"], strict=True))

    @cached_property
    def ledger(self) -> pd.DataFrame:
        return _table(self.folder / "ledger.parquet")

    @cached_property
    def duplicates(self) -> pd.DataFrame:
        """With the places of both rows of each pair."""
        pairs = _table(self.folder / "duplicates.parquet")
        return pairs.assign(kept_place=_places(pairs, "kept_"), dropped_place=_places(pairs, "dropped_"))

    @cached_property
    def rejects(self) -> set[Place]:
        lines = (self.folder / "rejects.jsonl").read_text(encoding="utf-8").splitlines()
        return {place(json.loads(line)) for line in lines}

    @cached_property
    def text(self) -> str:
        """All text of the folder but for the rejects, which quote what they could not read."""
        return "\n".join(self._texts())

    def _texts(self) -> Iterator[str]:
        for path in sorted(self.folder.rglob("*")):
            if path.suffix == ".parquet":
                yield from _strings(pq.read_table(path).to_pylist())
            elif path.is_file() and path.name != "rejects.jsonl":
                yield path.read_text(encoding="utf-8")


def _table(path: Path) -> pd.DataFrame:
    table: pd.DataFrame = pq.read_table(path).to_pandas()
    return table


def _places(rows: pd.DataFrame, side: str) -> "pd.Series[Any]":
    lines = rows[f"{side}line"].tolist()
    places = [(str(source), int(line)) for source, line in zip(rows[f"{side}source"], lines, strict=True)]
    return pd.Series(places, index=rows.index, dtype=object)


def _strings(value: Any) -> Iterator[str]:
    """Every string in nested lists and mappings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
