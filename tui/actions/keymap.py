"""A person's own keys: a TOML file of action ids, each with a key or a list of keys.

    keep = "enter"
    drop = ["delete", "backspace"]
    half_down = "ctrl+f"

It is `siftune/keys.toml` in $XDG_CONFIG_HOME, else in ~/.config, or what `--keys` names. An action that is
not in it keeps its keys. Keys are written as the help shows them, ctrl+ and names such as space spelt out.
"""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from schemas.errors import UsageError
from tui.actions.registry import Registry


def usual_path() -> Path:
    """Where a person's keys are when `--keys` names no file."""
    return config_folder() / "keys.toml"


def config_folder() -> Path:
    """The person's own settings of this program; it may not exist."""
    base = os.environ.get("XDG_CONFIG_HOME") or ""
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".config") / "siftune"


def registry_of(path: Path | None = None) -> Registry:
    """Every action with this person's keys, checked. Raises UsageError with all that is wrong of the file."""
    registry = Registry()
    file = usual_path() if path is None else path
    given = _read(file) if path is not None or file.is_file() else {}
    problems = list(_problems(given, registry))
    if not problems:
        actions = tuple(
            replace(action, keys=_keys(given[action.id])) if action.id in given else action
            for action in registry.actions
        )
        registry = Registry(actions, registry.screens)
        problems = registry.problems()
    if problems:
        raise UsageError(
            f"{file}: {'; '.join(problems)}", "mend these lines; `?` in the review lists all keys"
        )
    return registry


def _read(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error})", "leave out --keys for the usual keys") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not TOML ({error})", 'write lines such as keep = "enter"') from None


def _problems(given: Mapping[str, object], registry: Registry) -> Iterator[str]:
    known = {action.id for action in registry.actions}
    for name, keys in given.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            yield f"no action is called {name!r}" + (f", did you mean {near[0]!r}?" if near else "")
        elif not _keys(keys):
            yield f"{name!r} needs a key or a list of keys"


def _keys(value: object) -> tuple[str, ...]:
    """None at all where the value is neither a key nor a list of keys."""
    listed = value if isinstance(value, list) else [value]
    keys = tuple(key for key in listed if isinstance(key, str) and key)
    return keys if len(keys) == len(listed) else ()
