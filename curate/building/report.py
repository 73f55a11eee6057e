"""What `report.html` of a version shows: its events, then its rows, batch by batch to `curate.report`."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from curate.building.by_part import by_part
from curate.building.inputs import versions_of
from curate.flow.cache import StageCache
from curate.flow.entry import KEY, key_column, keys_in
from curate.flow.keys import digest, no_keys, places
from curate.flow.table import Table, View
from curate.report.counts import Counts
from curate.report.diversity import language
from curate.report.facts import RowFacts
from curate.report.gather import Gatherer
from schemas.arrays import Ints
from schemas.canonical import to_json
from schemas.example import Example
from schemas.ledger import Reject
from schemas.row_table import ROWS, rows_of

_SAMPLED = digest([b"sampled rows"])


def gathered(table: Table, events: Iterable[pa.Table], rejects: Sequence[Reject]) -> Gatherer:
    """All that the page needs, the same for the same version."""
    gatherer = Gatherer()
    for batch in events:
        gatherer.add_events(batch)
    gatherer.add_rejects(rejects)
    view = View(table)
    for counts in _counts(table, view):
        gatherer.add_counts(counts)
    splits = view.column("split")
    gatherer.add_groups(view.column("group_id"), splits)
    wanted = gatherer.wanted(view.column("example_id"), splits)
    gatherer.add_samples(_sampled(table, view.at[wanted]))
    known = _Languages(table.cache)
    for sample in gatherer.answers_of.values():
        known(sample.answers())
    known.keep()
    gatherer.languages = known
    return gatherer


def _counts(table: Table, view: View) -> list[Counts]:
    """What the rows of each part add."""
    parts, keys, splits = view.parts(), view.keys(), view.column("split")
    flagged = np.array(sorted(table.flags), np.int64)

    def flags(part: slice) -> dict[int, tuple[str, ...]]:
        at = view.at[part]
        some = flagged[np.isin(flagged, at)]
        return {
            int(row): table.flags[p] for row, p in zip(np.searchsorted(at, some), some.tolist(), strict=True)
        }

    def key(part: slice) -> str:
        told = to_json(list(flags(part).items())).encode()
        return digest([keys[part].tobytes(), splits[part].tobytes(), told])

    def work(new: list[int]) -> Iterator[bytes]:
        some = np.concatenate([np.arange(parts[part].start, parts[part].stop) for part in new])
        for number, facts in zip(new, view.features(RowFacts(), of=some), strict=True):
            part = parts[number]
            yield Counts.of(facts, splits[part], flags(part)).to_bytes()

    found = by_part(view, Counts.KEY, [key(part) for part in parts], work)
    return [Counts.of_bytes(each) for each in found]


def _sampled(table: Table, at: Ints) -> list[Example]:
    """The rows at these positions. Nearly all are samples of the build before, too: their contents lie in one
    file, and not in those of all parts."""
    keys = table.keys[at]
    known = table.cache.tables(_SAMPLED)
    contents = known[0].select(ROWS.names) if known else ROWS.empty_table()
    place = places(keys_in(known[0]) if known else no_keys(), keys)
    new = np.flatnonzero(place < 0)
    if len(new):
        place[new] = contents.num_rows + np.arange(len(new))
        contents = pa.concat_tables([contents, table.contents_at(at[new])])
    contents = contents.take(pa.array(place))
    if len(new) or not known or known[0].num_rows != len(at):
        table.cache.keep_tables(_SAMPLED, [contents.append_column(KEY, key_column(keys))])
    return table.placed(rows_of(contents), at)


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
