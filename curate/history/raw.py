"""Rows that a version does not hold, from the raw files: a duplicate that went, a text before redaction.

What reads and redacts is imported when something is read: the review shows its screens before that.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from curate.workspace import Workspace
from schemas.example import Example

if TYPE_CHECKING:
    from curate.sources import LocatedFile

Place = tuple[str, int]  # source and line, as rows carry them


class RawRows:
    """Of one workspace, as its recipe reads them now. Nothing is read before it is asked for."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def examples(self, wanted: Mapping[Place, str]) -> dict[Place, Example]:
        """The rows at these places, normalised, each where it still is the example with that id. A row that
        changed, or whose file is gone, is left out. Raises SourceError for a source that names nothing.

        Single lines of JSON Lines are read alone; of any other file, all up to the last row wanted.
        """
        from curate.stages.normalise import Normalise

        lines: defaultdict[str, list[int]] = defaultdict(list)
        for source, line in wanted:
            lines[source].append(line)
        found: dict[Place, Example] = {}
        for source, at in lines.items():
            file = self._files.get(source)
            if file is not None and file.path is not None:
                for row in self._rows(file, sorted(at)):
                    place = (row.source, row.line)
                    if wanted.get(place) == row.example_id:
                        found.update((place, after) for after in Normalise()([row]).rows)
        return found

    def redacted(self, wanted: Mapping[Place, str]) -> dict[Place, Example]:
        """The same as the recipe's pii stage leaves them, without those that it drops: fit to be shown."""
        from curate.stages.pii import Pii

        found, settings = self.examples(wanted), self._workspace.recipe.pii
        if settings is None:
            return found
        stage = Pii(settings, self._workspace.root)
        return {place: after for place, row in found.items() for after in stage([row]).rows}

    @cached_property
    def _files(self) -> dict[str, "LocatedFile"]:
        from curate.sources import located_files

        located = located_files(self._workspace.recipe, self._workspace.root, lambda _: None)
        return {file.name: file for file in located}

    def _rows(self, file: "LocatedFile", lines: list[int]) -> Iterable[Example]:
        from curate.sources import import_lines

        alone = import_lines(file, self._workspace.recipe, lines)
        return self._read(file, lines) if alone is None else alone

    def _read(self, file: "LocatedFile", lines: list[int]) -> Iterator[Example]:
        from curate.sources import import_file

        wanted = set(lines)
        for batch in import_file(file, self._workspace.recipe, self._workspace.root):
            for row in batch.examples:
                if row.line in wanted:
                    yield row
            seen = max((row.line for row in batch.examples), default=0)
            if seen >= lines[-1]:
                return
