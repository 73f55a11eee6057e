"""Rows that cannot be used, of files just read and of a version that stands."""

from collections.abc import Iterator, Sequence

from curate.flow.file_read import FileRead
from curate.sources import ByReason, LocatedFile, add_rejects
from curate.sources.unusable import ReadTable, check_any_used, too_many_lost
from curate.version import DatasetVersion
from schemas.ledger import Reject
from schemas.recipe import Recipe


def check_read(recipe: Recipe, files: Sequence[LocatedFile], read: Sequence[FileRead]) -> None:
    """`read` is what the `files` gave. Raises SourceError where no row of them can be used."""
    check_any_used(list(_of_read(recipe, files, read)))


def rejections(
    recipe: Recipe, files: Sequence[LocatedFile], version: DatasetVersion
) -> tuple[str, str] | None:
    """Files of the version that lost more rows than `checks.max_rejected`, and how to mend them; None where
    none did. Raises SourceError."""
    limit = recipe.checks.max_rejected
    if all(count.rejected <= limit * count.rows for count in version.manifest.sources):
        return None
    return too_many_lost(_of_standing(recipe, files, version), limit)


def _of_read(recipe: Recipe, files: Sequence[LocatedFile], read: Sequence[FileRead]) -> Iterator[ReadTable]:
    for file, found in zip(files, read, strict=True):
        for count in found.counts:
            rejects = (reject for reject in found.rejects if reject.source == count.path)
            yield ReadTable(count, _by_reason(rejects), file.path, recipe.sources[file.source])


def _of_standing(
    recipe: Recipe, files: Sequence[LocatedFile], version: DatasetVersion
) -> Iterator[ReadTable]:
    located = {file.name: file for file in files}
    rejects = version.rejects()
    for count in version.manifest.sources:
        # A dataset of the hub is one file of several tables.
        file = located.get(count.path) or located.get(count.path.rpartition(":")[0])
        if file is not None:
            mine = (reject for reject in rejects if reject.source == count.path)
            yield ReadTable(count, _by_reason(mine), file.path, recipe.sources[file.source])


def _by_reason(rejects: Iterator[Reject]) -> ByReason:
    found: ByReason = {}
    add_rejects(found, rejects)
    return found
