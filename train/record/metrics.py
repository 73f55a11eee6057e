"""`metrics.jsonl`: one JSON object a training step, and one an evaluation, in the order they happened."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curate import atomic


class Metrics:
    """Appends lines. What a kill cuts off after the last checkpoint is written again by the resumed run."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, line: Mapping[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def truncate(self, step: int) -> int:
        """Drops all that came after the training of a step, its evaluation too, which may stand or not; the
        tokens that had gone through the model by then."""
        kept = [
            line
            for line in self._lines()
            if line["step"] < step or (line["step"] == step and "tokens" in line)
        ]
        atomic.write_text(self._path, "".join(json.dumps(line) + "\n" for line in kept))
        return max((line["tokens"] for line in kept if "tokens" in line), default=0)

    def _lines(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        lines = self._path.read_text(encoding="utf-8").split("\n")
        # The last piece is empty, or the half line of a write that was killed.
        return [json.loads(line) for line in lines[:-1] if line]
