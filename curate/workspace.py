"""A workspace: the recipe, and the folder beside it that holds all that was built.

recipe.yaml
.siftune/decisions.db (or PostgreSQL) · datasets/<version>/ · runs/<run>/ · cache/ · current
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from curate import atomic
from curate.version import DatasetVersion
from schemas.errors import VersionError
from schemas.recipe import Recipe
from schemas.recipe_file import load_recipe

JOURNAL_VARIABLE = "SIFTUNE_JOURNAL"


@dataclass(frozen=True, slots=True)
class Workspace:
    """Paths of one workspace. Nothing is made until something is written."""

    recipe: Recipe
    recipe_path: Path

    @classmethod
    def open(cls, recipe_path: Path = Path("recipe.yaml")) -> "Workspace":
        """Reads the recipe. Raises RecipeError."""
        recipe_path = Path(recipe_path)
        return cls(load_recipe(recipe_path), recipe_path)

    @property
    def root(self) -> Path:
        """The recipe's folder, to which all its paths are relative."""
        return self.recipe_path.absolute().parent

    @property
    def path(self) -> Path:
        return self.resolve(self.recipe.workspace)

    @property
    def datasets(self) -> Path:
        return self.path / "datasets"

    @property
    def runs(self) -> Path:
        return self.path / "runs"

    @property
    def cache(self) -> Path:
        return self.path / "cache"

    @property
    def journal(self) -> Path | str:
        """Where the decisions are: SIFTUNE_JOURNAL of the environment, else the recipe's `journal`, each a
        URL or a path, else a file of the workspace."""
        named = os.environ.get(JOURNAL_VARIABLE) or self.recipe.journal
        if named is None:
            return self.path / "decisions.db"
        return named if "://" in named else self.resolve(named)

    def resolve(self, path: str) -> Path:
        """A path of the recipe: absolute as it is, `~` expanded, else beside the recipe."""
        return self.root / Path(path).expanduser()

    def versions(self) -> list[str]:
        """Ids of the versions built here, oldest first."""
        found = []
        for manifest in self.datasets.glob("[!.]*/manifest.json"):
            with suppress(FileNotFoundError):  # somebody removes it
                found.append((manifest.stat().st_mtime_ns, manifest))
        return [manifest.parent.name for _, manifest in sorted(found)]

    def version(self, name: str | None = None) -> DatasetVersion:
        """The version with this id or unique prefix; the one built last when None. Raises VersionError."""
        return DatasetVersion.open(self.datasets / self._version_name(name))

    def set_current(self, version: str) -> None:
        """Remembers the version that the last build ended with, built then or found."""
        atomic.write_text(self.path / "current", version + os.linesep)

    def _version_name(self, name: str | None) -> str:
        known = self.versions()
        if name is None:
            current = self.path / "current"
            name = current.read_text(encoding="utf-8").strip() if current.exists() else None
            name = name if name in known else (known[-1] if known else None)
        if name is None:
            raise VersionError(f"{self.datasets}: no dataset version was built yet", "run `curate build`")
        matches = [v for v in known if v.startswith(name)]
        if len(matches) != 1:
            raise VersionError(
                f"{name!r} names {len(matches) or 'no'} versions in {self.datasets}",
                f"use one of: {', '.join(known) or 'none yet; run `curate build`'}",
            )
        return matches[0]
