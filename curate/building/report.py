"""`report.html` of a version: its events, then its rows, batch by batch to `curate.report`."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from curate.building.table import Table, View
from curate.report.facts import RowFacts
from curate.report.gather import Gatherer
from schemas.arrow import event_of
from schemas.ledger import Reject
from schemas.manifest import Manifest
from schemas.recipe import Recipe

if TYPE_CHECKING:
    import pyarrow as pa


def report(
    recipe: Recipe,
    manifest: Manifest,
    table: Table,
    events: "Iterable[pa.Table]",
    rejects: Sequence[Reject],
) -> str:
    """The page, the same bytes for the same version."""
    gatherer = Gatherer()
    for batch in events:
        gatherer.add_events(event_of(row) for row in batch.to_pylist())
    gatherer.add_rejects(rejects)
    view = View(table)
    start = 0
    for facts in view.features(RowFacts()):
        at = view.at[start : start + len(facts["turns"])]
        start += len(at)
        groups = [group.decode() for group in table.groups[at].tolist()]
        flags = {
            row: table.flags[position] for row, position in enumerate(at.tolist()) if position in table.flags
        }
        gatherer.add_facts(facts, table.splits[at].tolist(), groups, flags)
    ids = [example_id.decode() for example_id in table.ids[view.at].tolist()]
    gatherer.add_samples(view.take(gatherer.wanted(ids, table.splits[view.at].tolist())))
    return gatherer.page(recipe, manifest)
