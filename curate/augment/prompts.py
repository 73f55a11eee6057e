"""Prompts: files that a user can read and replace, each known in the ledger by a hash of its words.

The built-in ones stand in `prompts/` beside this file. A file of the same name in the recipe's folder of
prompts (`augment.prompts`) takes its place.
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from schemas.errors import RecipeError

_VERSION_LENGTH = 12
_SUFFIX = ".md"
# What a prompt must hold for the text that Siftune puts there.
_BLANKS = {"retry": "{reason}", "frame": "{shape}"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """`origin` is None for a built-in one, else the user's file."""

    name: str
    text: str
    origin: Path | None

    @property
    def version(self) -> str:
        return f"{self.name}-{hashlib.sha256(self.text.encode()).hexdigest()[:_VERSION_LENGTH]}"


class Prompts:
    """The prompts in force. `folder` holds the user's versions of built-in ones, None for none, and may hold
    the prompts of strategies of their `own`, too. Raises RecipeError."""

    def __init__(self, folder: Path | None = None, own: Collection[Path] = ()) -> None:
        self._folder = folder
        self._read: dict[str, Prompt] = {}
        if folder is not None:
            _check(folder, own)

    def __getitem__(self, name: str) -> Prompt:
        """Raises RecipeError where the user's file cannot be used."""
        if name not in self._read:
            self._read[name] = self._find(name)
        return self._read[name]

    def __iter__(self) -> Iterator[Prompt]:
        return (self[name] for name in built_in())

    def _find(self, name: str) -> Prompt:
        own = self._folder / f"{name}{_SUFFIX}" if self._folder is not None else None
        if own is None or not own.exists():
            return Prompt(name, _built_in(name), None)
        return own_prompt(name, own)


def own_prompt(name: str, path: Path) -> Prompt:
    """A prompt of the user's. Raises RecipeError where it cannot be read or lacks a blank."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"augment: the prompt {path} cannot be read ({error})", "write it as UTF-8 text"
        ) from None
    if not text.strip():
        raise RecipeError(f"augment: the prompt {path} is empty", "`curate augment --prompts` shows examples")
    blank = _BLANKS.get(name)
    if blank is not None and blank not in text:
        raise RecipeError(
            f"augment: the prompt {path} lacks {blank}", f"write {blank} where that text is to stand"
        )
    return Prompt(name, text, path)


def built_in() -> list[str]:
    """Names of the prompts that come with Siftune."""
    entries = files("curate.augment").joinpath("prompts").iterdir()
    return sorted(entry.name.removesuffix(_SUFFIX) for entry in entries if entry.name.endswith(_SUFFIX))


def copy_out(folder: Path) -> list[Path]:
    """Writes the built-in prompts into `folder`, to be changed there; files that stand there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in built_in():
        path = folder / f"{name}{_SUFFIX}"
        if not path.exists():
            path.write_text(_built_in(name), encoding="utf-8")
            written.append(path)
    return written


def _check(folder: Path, own: Collection[Path]) -> None:
    """A file that replaces nothing is a misspelt name."""
    if not folder.is_dir():
        raise RecipeError(
            f"augment.prompts: there is no folder {folder}", "`curate augment --prompts-to DIR` makes one"
        )
    unknown = sorted(f.name for f in folder.glob(f"*{_SUFFIX}") if f.stem not in built_in() and f not in own)
    if unknown:
        raise RecipeError(
            f"augment.prompts: {', '.join(unknown)} is no prompt of Siftune",
            f"there are {', '.join(f'{name}{_SUFFIX}' for name in built_in())}; "
            "a strategy of your own names its file: `strategies: {mine: {prompt: mine.txt}}`",
        )


def _built_in(name: str) -> str:
    return files("curate.augment").joinpath("prompts", f"{name}{_SUFFIX}").read_text(encoding="utf-8")
