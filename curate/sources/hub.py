"""Hugging Face datasets: `hf:owner/dataset[:split]`, or `hf:` and a local folder that `datasets` can load."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from curate.sources.json_safe import json_safe
from curate.sources.locate import HUB
from curate.sources.readers.arrow_rows import batch_rows
from curate.sources.rows import RawRow
from curate.sources.table import Table
from schemas.canonical import to_json
from schemas.errors import SourceError

if TYPE_CHECKING:
    from datasets import Dataset

_BATCH_ROWS = 1_000
_LINE_END = "\n"


def hub_tables(path: str, root: Path) -> Iterator[Table]:
    """A table a split. Without a split in `path`, all of them in the dataset's order."""
    import datasets

    name, split = _parts(path)
    local = root / name
    try:
        loaded = datasets.load_dataset(str(local) if local.is_dir() else name, split=split)
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
        raise SourceError(
            f"{path}: cannot be loaded ({str(error).partition(_LINE_END)[0]})",
            "look at the name, the split, the network and `hf auth login`; or download it and name its files",
        ) from None
    splits = {split: loaded} if split is not None else loaded
    for split_name, dataset in splits.items():
        yield _table(f"{HUB}{name}:{split_name}", dataset)


def _parts(path: str) -> tuple[str, str | None]:
    name = path.removeprefix(HUB)
    head, colon, tail = name.rpartition(":")
    return (head, tail) if colon and "/" not in tail and len(head) > 1 else (name, None)


def _table(name: str, dataset: "Dataset") -> Table:
    # A dataset has no bytes of its own: its hash is over its rows, complete when they are all read.
    digest = hashlib.sha256()

    def rows() -> Iterator[RawRow]:
        for row in batch_rows(dataset.with_format("arrow").iter(batch_size=_BATCH_ROWS)):
            digest.update(to_json(json_safe(row.fields)).encode("utf-8", "surrogatepass") + b"\n")
            digest.update(row.raw or b"")
            yield row

    return Table(name, rows(), digest.hexdigest, columns=list(dataset.column_names))
