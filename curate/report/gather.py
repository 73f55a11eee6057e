"""Gatherer: all that a report needs of a version's events and rows, in one pass over each.

Memory is bounded by the number of sources, reasons and samples, not of rows, but for 8 bytes a row (its
group), 8 bytes a dropped duplicate (the row kept instead) and an augmented example's id. Tags beyond
MOST_NAMES are counted together.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.report.acceptance import STAGE as AUGMENT
from curate.report.acceptance import Tally
from curate.report.counts import EDGES, Counts, Histogram
from curate.report.diversity import SAMPLE, Sample, languages
from curate.report.facts import RowFacts
from curate.report.samples import Samples
from curate.similarity.hashing import numbers_of
from curate.similarity.sets import among
from schemas.arrow import event_of
from schemas.example import ID_LENGTH, Example
from schemas.ledger import Reject
from schemas.manifest import Manifest
from schemas.recipe import Recipe

Names = npt.NDArray[np.bytes_]  # UTF-8
_ID = np.dtype((np.bytes_, ID_LENGTH))

MOST_NAMES = 10_000
OTHER = "(other)"


class Gatherer:
    """Give it all events, then all rows, each in batches of any size; then ask for the page."""

    def __init__(self) -> None:
        self.samples = Samples()
        self.children = Tally()
        self.kept_instead = array("Q")
        self.groups: defaultdict[str, array[int]] = defaultdict(lambda: array("Q"))
        self.sources: Counter[tuple[str, str]] = Counter()
        self.source_words: Counter[str] = Counter()
        self.origins: Counter[str] = Counter()
        self.tags: Counter[str] = Counter()
        self.flags: Counter[str] = Counter()
        self.rejects: Counter[str] = Counter()
        self.lengths = {name: Histogram(edges) for name, edges in EDGES.items()}
        self.answers_of: defaultdict[str, Sample] = defaultdict(Sample)
        self.languages: Callable[[list[str]], Counter[str]] = languages
        self._rows_began = False

    def add_events(self, events: pa.Table) -> None:
        """Events as the ledger has them."""
        assert not self._rows_began, "events come before rows: they say which rows are samples"
        self.samples.add_events(events)
        by_stage = events.column("stage")
        for row in events.filter(pc.equal(by_stage, AUGMENT)).to_pylist():
            self.children.add(event_of(row))
        dropped = pc.and_(pc.equal(by_stage, "dedup"), pc.equal(events.column("action"), "dropped"))
        matched = events.filter(dropped).column("matched_id").drop_null().to_pylist()
        self.kept_instead.frombytes(numbers_of(np.array(matched, _ID)).tobytes())

    def add_rejects(self, rejects: Iterable[Reject]) -> None:
        for reject in rejects:
            _count(self.rejects, reject.reason)

    def add_rows(self, some: Iterable[Example]) -> None:
        """Rows of the version, with its system prompt or without: it is not counted."""
        rows = list(some)
        facts = RowFacts()(rows)
        splits = np.array([(row.split or "").encode() for row in rows], np.bytes_)
        groups = np.array([(row.group_id or row.example_id).encode() for row in rows], np.bytes_)
        self.add_counts(Counts.of(facts, splits, {}))
        self.add_groups(groups, splits)
        self.add_samples(rows)

    def wanted(self, ids: Names, splits: Names) -> list[int]:
        """Which of all rows `add_samples` must be given, and perhaps some more."""
        chosen = among(ids, self.samples.wanted).tolist()
        first = _first_bytes(ids)
        for split in np.unique(splits):
            own = np.flatnonzero(splits == split)
            if len(own) > SAMPLE:
                most = np.partition(first[own], SAMPLE)[SAMPLE]
                own = own[first[own] <= most]
            chosen += own.tolist()
        return sorted(set(chosen))

    def add_samples(self, rows: Iterable[Example]) -> None:
        self._rows_began = True
        for row in rows:
            self.samples.add_row(row)
            self.answers_of[row.split or ""].add(row)

    def add_counts(self, counts: Counts) -> None:
        """What some rows add."""
        self._rows_began = True
        for source, split, rows in counts.sources:
            self.sources[source, split] += rows
        self.source_words.update(dict(counts.words))
        self.origins.update(dict(counts.origins))
        for tag, rows in counts.tags:
            _count(self.tags, tag, rows)
        for flag, rows in counts.flags:
            _count(self.flags, flag, rows)
        for name, lengths in counts.lengths.items():
            self.lengths[name].merge(*lengths)

    def add_groups(self, groups: Names, splits: Names) -> None:
        """The group and the split of some rows."""
        numbers = numbers_of(groups)
        for split in np.unique(splits).tolist():
            self.groups[split.decode()].frombytes(numbers[splits == split].tobytes())

    def page(self, recipe: Recipe, manifest: Manifest) -> str:
        """The report, the same bytes for the same version."""
        from curate.report.page import page

        return page(recipe, manifest, self)


def _count(counter: Counter[str], name: str, times: int = 1) -> None:
    counter[name if name in counter or len(counter) < MOST_NAMES else OTHER] += times


def _first_bytes(ids: Names) -> npt.NDArray[np.uint64]:
    """Numbers that are in the order of the ids, as far as their first bytes tell it."""
    first: npt.NDArray[np.uint64] = ids.astype("S8").view(">u8").astype(np.uint64)
    return first
