"""`metrics.jsonl`: one JSON object a training step, one an evaluation, and one where something befell the run
(`event`), in the order they happened."""

import errno
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from curate import atomic


class Metrics:
    """Appends lines. What a kill cuts off after the last checkpoint is written again by the resumed run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.told: Callable[[Mapping[str, Any]], None] | None = None
        """Who else is told of each line that is written."""

    def append(self, line: Mapping[str, Any]) -> None:
        """A line, whole or not at all."""
        with self._path.open("ab", buffering=0) as file:
            before = file.tell()
            data = (json.dumps(line) + "\n").encode()
            try:
                written = file.write(data)
                if written < len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
            except OSError:
                file.truncate(before)
                raise
        if self.told is not None:
            self.told(line)

    def truncate(self, step: int) -> int:
        """Drops all that came after the training of a step, its evaluation too, which may stand or not; the
        tokens that had gone through the model by then. What befell the run stays."""
        kept = [
            line
            for line in self.lines()
            if line["step"] < step or (line["step"] == step and "tokens" in line) or "event" in line
        ]
        atomic.write_text(self._path, "".join(json.dumps(line) + "\n" for line in kept))
        return max((line["tokens"] for line in kept if "tokens" in line), default=0)

    def lines(self) -> list[dict[str, Any]]:
        """All that stand, without a last one that a kill cut short."""
        if not self._path.exists():
            return []
        lines = self._path.read_text(encoding="utf-8").split("\n")
        # The last piece is empty, or the half line of a write that was killed.
        return [json.loads(line) for line in lines[:-1] if line]
