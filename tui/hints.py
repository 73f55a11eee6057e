"""What is said when a person sees a screen for the first time, and remembered so that it is said once.

A line a screen in `siftune/seen` of $XDG_STATE_HOME, else of ~/.local/state. Where that cannot be written,
hints come again.
"""

import os
from contextlib import suppress
from pathlib import Path

from tui.actions.action import shown
from tui.actions.registry import Registry
from tui.catalogue import entry


class Hints:
    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of_person(cls) -> "Hints":
        base = os.environ.get("XDG_STATE_HOME") or ""
        state = Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "state"
        return cls(state / "siftune" / "seen")

    def first(self, screen: str, registry: Registry) -> str:
        """What to say of a screen that opens; nothing where it was seen before."""
        seen: set[str] = set()
        with suppress(OSError, UnicodeDecodeError):
            seen = set(self._path.read_text(encoding="utf-8").split())
        if screen in seen:
            return ""
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{screen}\n")
        return entry(screen).about if seen else _welcome(registry)


def _welcome(registry: Registry) -> str:
    keys = {name: shown(registry.keys_of(name)[0]) for name in ("help", "open", "palette")}
    return f"{keys['help']} lists all keys, {keys['open']} all screens, {keys['palette']} finds both"
