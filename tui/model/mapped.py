"""Tables in the workspace's cache that can be mapped: opened at once, in memory only where looked at.

Parquet has to be unpacked into memory, 0.8 GB for a million conversations, each time. The unpacked table as
Arrow IPC is a file that the kernel pages in and out. It is made at the first opening, for large tables alone,
and goes when the version or run that it was made of has gone.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from curate import atomic
from curate.workspace import Workspace

WORTH_ROWS = 50_000  # fewer are unpacked before anyone has noticed
_AND, _SUFFIX = "+", ".arrow"


@dataclass(frozen=True, slots=True)
class Mapped:
    """`say` tells the person what takes long."""

    workspace: Workspace
    say: Callable[[str], None]

    def table(
        self, of: tuple[str, ...], source: Path, rows: int, make: Callable[[], Any], kind: str = ""
    ) -> Any:
        """What `make` gives, a table of about so many rows, made anew when the file `source` has changed.

        `of`: the version and run that it goes with, `kind`: what it holds of `source` where other tables do
        too. A table that cannot be kept, because the disk is full or
        read-only, stays in memory.
        """
        if not self.pays(rows):
            return make()
        stamp = source.stat()
        kind = f"{kind or source.stem}-"
        name = f"{_AND.join(of)}{_AND}{kind}{stamp.st_size}-{stamp.st_mtime_ns}{_SUFFIX}"
        path = self._folder / name
        if not path.exists():
            self.say(f"laying out {rows:,} rows of {of[-1]} for the review, this once …")
            table = make()
            try:
                self._prune(of, kind)
                _write(path, table)
            except OSError:
                return table
            del table
            pa.default_memory_pool().release_unused()
        with suppress(OSError, pa.ArrowInvalid):
            return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        path.unlink(missing_ok=True)  # damaged: made again the next time
        return make()

    def pays(self, rows: int) -> bool:
        """Whether a table of so many rows is kept in a file."""
        return rows >= WORTH_ROWS

    @property
    def _folder(self) -> Path:
        return self.workspace.cache / "review"

    def _prune(self, now: tuple[str, ...], kind: str) -> None:
        """Remove what was made of an older state of the same, or of what is gone."""
        self._folder.mkdir(parents=True, exist_ok=True)
        atomic.sweep(self._folder)
        for path in self._folder.glob(f"*{_SUFFIX}"):
            *of, state = path.name.split(_AND)
            if (tuple(of) == now and state.startswith(kind)) or not all(self._stands(name) for name in of):
                path.unlink(missing_ok=True)

    def _stands(self, name: str) -> bool:
        return (self.workspace.datasets / name).exists() or (self.workspace.runs / name).exists()


def _write(path: Path, table: Any) -> None:
    """One batch, so that every column is one piece."""
    with atomic.beside(path) as temporary:
        with pa.OSFile(str(temporary), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        temporary.replace(path)
