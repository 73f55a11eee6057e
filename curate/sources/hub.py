"""Hugging Face datasets: `hf:owner/dataset[/config][:split]`, or `hf:` and a local folder that `datasets` can
load, one with configs by a path of three parts (`hf:./folder/config`)."""

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
_SHOWN_CONFIGS = 12
_MEND = "look at the name, the split, the network and `hf auth login`; or download it and name its files"


def hub_tables(path: str, root: Path) -> Iterator[Table]:
    """A table a split. Without a split in `path`, all of them in the dataset's order. Raises SourceError."""
    import datasets

    name, config, split = _parts(path, root)
    folder = str(root / name) if (root / name).is_dir() else name
    try:
        loaded = datasets.load_dataset(folder, config, split=split)
    except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        raise SourceError(
            f"{path}: cannot be loaded ({str(error).partition(_LINE_END)[0]})",
            _which_config(f"{HUB}{name}", config, _configs(folder)) or _MEND,
        ) from None
    splits = {split: loaded} if split is not None else loaded
    whole = f"{HUB}{name}/{config}" if config else f"{HUB}{name}"
    for split_name, dataset in splits.items():
        yield _table(f"{whole}:{split_name}", dataset)


def _parts(path: str, root: Path) -> tuple[str, str | None, str | None]:
    """The dataset's name or folder, its config, and the split."""
    name = path.removeprefix(HUB)
    head, colon, tail = name.rpartition(":")
    name, split = (head, tail) if colon and "/" not in tail and len(head) > 1 else (name, None)
    if name.count("/") < 2 or (root / name).is_dir():
        return name, None, split
    name, _, config = name.rpartition("/")
    return name, config, split


def _configs(folder: str) -> list[str]:
    import datasets

    try:
        names: list[str] = datasets.get_dataset_config_names(folder)
    except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError):
        return []
    return names


def _which_config(name: str, config: str | None, configs: list[str]) -> str | None:
    """What to do where the dataset has several configs, and none of them was named."""
    if len(configs) < 2 or config in configs:
        return None
    return f"name one of its configs: {', '.join(f'{name}/{known}' for known in configs[:_SHOWN_CONFIGS])}"


def _table(name: str, dataset: "Dataset") -> Table:
    # A dataset has no bytes of its own: its hash is over its rows, complete when they are all read.
    digest = hashlib.sha256()

    def rows() -> Iterator[RawRow]:
        for row in batch_rows(dataset.with_format("arrow").iter(batch_size=_BATCH_ROWS)):
            digest.update(to_json(json_safe(row.fields)).encode("utf-8", "surrogatepass") + b"\n")
            digest.update(row.raw or b"")
            yield row

    return Table(name, rows(), digest.hexdigest, columns=list(dataset.column_names))
