"""`report.html` of a version: see `curate.report`."""

from typing import TYPE_CHECKING

from curate.report.gather import Gatherer
from schemas.manifest import Manifest
from schemas.recipe import Recipe

if TYPE_CHECKING:
    from curate.building.write import Listed


def report(recipe: Recipe, manifest: Manifest, contents: "Listed") -> str:
    """The page, the same bytes for the same version."""
    gatherer = Gatherer()
    gatherer.add_events(contents.events)
    gatherer.add_rejects(contents.rejects)
    gatherer.add_rows(contents.rows)
    return gatherer.page(recipe, manifest)
