"""What `report.html` of a version shows: its events, then its rows, batch by batch to `curate.report`."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from curate.building.inputs import versions_of
from curate.flow.cache import StageCache
from curate.flow.keys import digest
from curate.flow.table import Table, View
from curate.report.diversity import language
from curate.report.facts import RowFacts
from curate.report.gather import Gatherer
from schemas.canonical import to_json
from schemas.ledger import Reject


def gathered(table: Table, events: Iterable[pa.Table], rejects: Sequence[Reject]) -> Gatherer:
    """All that the page needs, the same for the same version."""
    gatherer = Gatherer()
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
    known = _Languages(table.cache)
    for sample in gatherer.answers_of.values():
        known(sample.answers())
    known.keep()
    gatherer.languages = known
    return gatherer


class _Languages:
    """Languages of answers. Of a sample few are other ones than in the build before: a hash of each answer is
    kept with its language."""

    def __init__(self, cache: StageCache) -> None:
        self._cache = cache
        self._file = digest([b"languages", to_json(versions_of(["py3langid"])).encode()])
        kept = cache.arrays(self._file)
        self._known = (
            dict(zip(kept["answers"].tolist(), kept["languages"].tolist(), strict=True)) if kept else {}
        )
        self._used: dict[bytes, bytes] = {}

    def __call__(self, answers: Iterable[str]) -> Counter[str]:
        return Counter(map(self._of, answers))

    def keep(self) -> None:
        if self._used.keys() != self._known.keys():
            arrays = {"answers": list(self._used), "languages": list(self._used.values())}
            self._cache.keep_arrays(self._file, {name: np.array(a, np.bytes_) for name, a in arrays.items()})

    def _of(self, answer: str) -> str:
        key = digest([answer.encode("utf-8", "surrogatepass")]).encode()
        found = self._used.get(key) or self._known.get(key) or language(answer).encode()
        self._used[key] = found
        return found.decode()
