"""Numbers that were costly to measure, kept by what they were measured of.

    cache/audit/<key>.jsonl    a line a batch: {"<row>": number, …}

A key names the model and the measurement, a row its tokens. Lines are appended and synced batch by batch:
what a kill leaves, the next audit goes on with. A line that was cut short is left out.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path


class Kept:
    """What is kept under one key. `values`: by row."""

    def __init__(self, folder: Path, *parts: str) -> None:
        key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
        self._path = folder / "audit" / f"{key}.jsonl"
        self.values: dict[str, float] = {}
        if self._path.is_file():
            for line in self._path.read_bytes().splitlines():
                try:
                    self.values |= json.loads(line)
                except ValueError:  # cut short by a kill
                    continue

    def add(self, values: Mapping[str, float]) -> None:
        """On disk when this returns."""
        self.values |= values
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            # Behind a line that was cut short, on a line of its own.
            file.write(b"\n" + json.dumps(dict(values)).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
