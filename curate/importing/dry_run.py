"""A dry run of the import: what each file is, what its rows become, and what would be rejected and why.

Every row is read, nothing is written; memory holds a few examples and counts.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curate.importing.mapping import mapping
from curate.sources import ByReason, LocatedFile, add_rejects, described, import_file, located_files
from curate.sources.mends import mends
from curate.sources.shapes import Conversation, Fields
from schemas.errors import SourceError
from schemas.example import Example
from schemas.manifest import SourceCount
from schemas.recipe import Recipe

SHOWN_EXAMPLES = 3


@dataclass(slots=True)
class Preview:
    """One file or split. `mappings` are, by shape of row, what each field becomes; `fixes`, by
    reason of a reject, what may be done. `problem` says why the file cannot be read, `mend` what to do about
    it."""

    path: str
    count: SourceCount | None = None
    mappings: dict[str, dict[str, str]] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)
    rejected: ByReason = field(default_factory=dict)
    fixes: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None
    mend: str | None = None

    @property
    def title(self) -> str:
        return described(self.count) if self.count else f"{self.path}: cannot be read"

    def to_dict(self) -> dict[str, Any]:
        return {
            "path": self.path,
            **(self.count.model_dump(exclude={"path"}) if self.count else {}),
            "mappings": self.mappings,
            "examples": [
                {
                    "example_id": e.example_id,
                    "line": e.line,
                    "messages": [m.to_dict() for m in e.messages],
                    "tags": list(e.tags),
                    "metadata": dict(e.metadata),
                }
                for e in self.examples
            ],
            "rejects": {
                reason: {
                    "count": r.count,
                    "lines": r.lines,
                    "raw": r.raws[0],
                    "fix": self.fixes.get(reason),
                }
                for reason, r in self.rejected.items()
            },
            "problem": self.problem,
            "mend": self.mend,
        }


def dry_run(recipe: Recipe, root: Path, say: Callable[[str], None]) -> Iterator[Preview]:
    """A preview a file, in the order of the import. A file that cannot be read is one with a problem; raises
    SourceError only for a source that names nothing."""
    for file in located_files(recipe, root, say):
        yield from _previews(file, recipe, root)


def _previews(file: LocatedFile, recipe: Recipe, root: Path) -> Iterator[Preview]:
    preview = Preview(file.name)
    source = recipe.sources[file.source]
    seen: set[tuple[str, ...]] = set()

    def observe(fields: Fields, found: Conversation) -> None:
        kind = (found.shape, *fields)
        if kind not in seen:
            seen.add(kind)
            roles = mapping(fields, found, source, recipe.split.group_by)
            known = preview.mappings.setdefault(found.shape, {})
            known.update({key: role for key, role in roles.items() if key not in known})

    try:
        for batch in import_file(file, recipe, root, observe=observe):
            preview.examples += batch.examples[: SHOWN_EXAMPLES - len(preview.examples)]
            add_rejects(preview.rejected, batch.rejects)
            if batch.count is not None:
                preview.fixes = mends(preview.rejected, batch.count.rows, file.path, source)
                preview.path, preview.count = batch.count.path, batch.count
                yield preview
                preview = Preview(file.name)
                seen.clear()
    except SourceError as error:
        preview.count = None
        preview.problem, preview.mend = error.problem, error.mend
        yield preview
