"""Gatherer: all that a report needs of a version's events and rows, in one pass over each.

Memory is bounded by the number of sources, reasons and samples, not of rows, but for 8 bytes a row (its
group), 8 bytes a dropped duplicate (the row kept instead) and an augmented example's id. Tags beyond
MOST_NAMES are counted together.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.report.acceptance import STAGE as AUGMENT
from curate.report.acceptance import Tally
from curate.report.diversity import SAMPLE, Sample, languages
from curate.report.facts import Arrays, RowFacts, names_of
from curate.report.samples import Samples
from schemas.arrow import event_of
from schemas.example import Example
from schemas.ledger import Reject
from schemas.manifest import Manifest
from schemas.recipe import Recipe

Ints = npt.NDArray[np.int64]
Names = npt.NDArray[np.bytes_]  # UTF-8

WORDS = (5, 10, 25, 50, 100, 200, 400, 800, 1600)
TOKENS = (32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)
MOST_NAMES = 10_000
OTHER = "(other)"


@dataclass(slots=True)
class Histogram:
    """Counts of values below each edge, and from the last one on."""

    edges: tuple[int, ...]
    counts: list[int] = field(default_factory=list)
    total: int = 0
    most: int = 0

    def add(self, values: Ints) -> None:
        if not len(values):
            return
        if not self.counts:
            self.counts = [0] * (len(self.edges) + 1)
        bins = np.bincount(np.searchsorted(self.edges, values, side="right"), minlength=len(self.counts))
        self.counts = [count + more for count, more in zip(self.counts, bins.tolist(), strict=True)]
        self.total += int(values.sum())
        self.most = max(self.most, int(values.max()))


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
        self.prompts, self.answers = Histogram(WORDS), Histogram(WORDS)
        self.tokens = Histogram(TOKENS)
        self.turns = Histogram((2, 3, 4, 6, 11))
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
        self.kept_instead.extend(map(_number, matched))

    def add_rejects(self, rejects: Iterable[Reject]) -> None:
        for reject in rejects:
            _count(self.rejects, reject.reason)

    def add_rows(self, some: Iterable[Example]) -> None:
        """Rows of the version, with its system prompt or without: it is not counted."""
        rows = list(some)
        facts = RowFacts()(rows)
        splits = np.array([(row.split or "").encode() for row in rows], np.bytes_)
        groups = np.array([(row.group_id or row.example_id).encode() for row in rows], np.bytes_)
        self.add_facts(facts, splits, groups, {})
        self.add_samples(rows)

    def wanted(self, ids: Names, splits: Names) -> list[int]:
        """Which of all rows `add_samples` must be given."""
        chosen = np.flatnonzero(np.isin(ids, np.array(sorted(self.samples.wanted), np.bytes_))).tolist()
        for split in np.unique(splits):
            own = np.flatnonzero(splits == split)
            lowest = np.argpartition(ids[own], SAMPLE)[:SAMPLE] if len(own) > SAMPLE else slice(None)
            chosen += own[lowest].tolist()
        return sorted(set(chosen))

    def add_samples(self, rows: Iterable[Example]) -> None:
        self._rows_began = True
        for row in rows:
            self.samples.add_row(row)
            self.answers_of[row.split or ""].add(row)

    def add_facts(
        self, facts: Arrays, splits: Names, groups: Names, more_flags: Mapping[int, Sequence[str]]
    ) -> None:
        """A batch's facts, each row's split and group, and the flags of rows that their facts do not have."""
        self._rows_began = True
        numbers = _numbers(groups)
        words = facts["prompt"] + facts["answer"]
        for split in np.unique(splits).tolist():
            own = splits == split
            self.groups[split.decode()].frombytes(numbers[own].tobytes())
            for source, count in _counted(facts["source"][own]):
                self.sources[source, split.decode()] += count
        for source, at in _grouped(facts["source"]):
            self.source_words[source] += int(words[at].sum())
        self.origins.update(dict(_counted(facts["origin"])))
        for tag, count in _counted(facts["tags"]):
            _count(self.tags, tag, count)
        self._add_flags(facts, more_flags)
        self.prompts.add(facts["prompt"])
        self.answers.add(facts["answer"])
        self.tokens.add(facts["tokens"])
        self.turns.add(facts["turns"])

    def _add_flags(self, facts: Arrays, more: Mapping[int, Sequence[str]]) -> None:
        for flag, count in _counted(facts["flags"]):
            _count(self.flags, flag, count)
        own = names_of(facts, "flags") if more else []
        for at, flags in more.items():
            for flag in dict.fromkeys(flags):
                if flag not in own[at]:
                    _count(self.flags, flag)

    def page(self, recipe: Recipe, manifest: Manifest) -> str:
        """The report, the same bytes for the same version."""
        from curate.report.page import page

        return page(recipe, manifest, self)


def _count(counter: Counter[str], name: str, times: int = 1) -> None:
    counter[name if name in counter or len(counter) < MOST_NAMES else OTHER] += times


def _grouped(names: Names) -> Iterator[tuple[str, Ints]]:
    """The different names by first appearance, and where each stands."""
    different, first, which = np.unique(names, return_index=True, return_inverse=True)
    for number in np.argsort(first).tolist():
        yield different[number].decode("utf-8", "surrogatepass"), np.flatnonzero(which == number)


def _counted(names: Names) -> Iterator[tuple[str, int]]:
    """The different names by first appearance, and how often each stands there."""
    different, first, counts = np.unique(names, return_index=True, return_counts=True)
    for number in np.argsort(first).tolist():
        yield different[number].decode("utf-8", "surrogatepass"), int(counts[number])


def _number(example_id: str) -> int:
    """The first 64 bits of an id."""
    return int(example_id[:16], 16)


def _numbers(ids: Names) -> npt.NDArray[np.uint64]:
    """The first 64 bits of every id."""
    digits = b"".join(example_id[:16] for example_id in ids.tolist())
    return np.frombuffer(bytes.fromhex(digits.decode()), ">u8").astype(np.uint64)
