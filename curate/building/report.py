"""`report.html` of a version: its events, then its rows, batch by batch to `curate.report`."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from curate.building.inputs import versions_of
from curate.flow.cache import StageCache
from curate.flow.keys import digest
from curate.flow.table import Table, View
from curate.report.diversity import languages
from curate.report.facts import RowFacts
from curate.report.gather import Gatherer
from schemas.canonical import to_json
from schemas.ledger import Reject
from schemas.manifest import Manifest
from schemas.recipe import Recipe


def report(
    recipe: Recipe,
    manifest: Manifest,
    table: Table,
    events: Iterable[pa.Table],
    rejects: Sequence[Reject],
) -> str:
    """The page, the same bytes for the same version."""
    gatherer = Gatherer()
    gatherer.languages = lambda answers: _languages(table.cache, answers)
    for batch in events:
        gatherer.add_events(batch)
    gatherer.add_rejects(rejects)
    view = View(table)
    start = 0
    for facts in view.features(RowFacts()):
        at = view.at[start : start + len(facts["turns"])]
        start += len(at)
        flags = {
            row: table.flags[position] for row, position in enumerate(at.tolist()) if position in table.flags
        }
        gatherer.add_facts(facts, table.splits[at].astype(np.bytes_), table.groups[at], flags)
    splits = table.splits[view.at].astype(np.bytes_)
    gatherer.add_samples(view.take(gatherer.wanted(table.ids[view.at], splits)))
    return gatherer.page(recipe, manifest)


def _languages(cache: StageCache, answers: list[str]) -> Counter[str]:
    """Languages of a sample, which is seldom another one than in the build before."""
    version = to_json(versions_of(["py3langid"])).encode()
    key = digest([b"languages", version, *(answer.encode("utf-8", "surrogatepass") for answer in answers)])
    kept = cache.tables(key)
    if kept is not None:
        columns = kept[0].to_pydict()
        return Counter(dict(zip(columns["language"], columns["answers"], strict=True)))
    found = languages(answers)
    cache.keep_tables(key, [pa.table({"language": list(found), "answers": list(found.values())})])
    return found
