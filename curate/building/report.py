"""`report.html` of a version: its events, then its rows, batch by batch to `curate.report`."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from curate.report.gather import Gatherer
from schemas.arrow import event_of
from schemas.ledger import Reject
from schemas.manifest import Manifest
from schemas.recipe import Recipe

if TYPE_CHECKING:
    import pyarrow as pa

    from curate.building.table import Table


def report(
    recipe: Recipe,
    manifest: Manifest,
    table: "Table",
    events: "Iterable[pa.Table]",
    rejects: Sequence[Reject],
) -> str:
    """The page, the same bytes for the same version."""
    gatherer = Gatherer()
    for batch in events:
        gatherer.add_events(event_of(row) for row in batch.to_pylist())
    gatherer.add_rejects(rejects)
    for part in range(len(table.stretches)):
        gatherer.add_rows(table.examples(part))
    return gatherer.page(recipe, manifest)
