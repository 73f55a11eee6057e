"""Gatherer: all that a report needs of a version's events and rows, in one pass over each.

Memory is bounded by the number of sources, reasons and samples, not of rows, but for 8 bytes a row (its
group), 8 bytes a dropped duplicate (the row kept instead) and an augmented example's id. Tags beyond
MOST_NAMES are counted together.
"""

import heapq
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from curate.report.acceptance import Tally
from curate.report.diversity import SAMPLE, Sample, languages
from curate.report.facts import Arrays, RowFacts, names_of
from curate.report.samples import Samples
from schemas.example import Example
from schemas.ledger import Event, Reject
from schemas.manifest import Manifest
from schemas.recipe import Recipe

Ints = npt.NDArray[np.int64]

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

    def add_events(self, events: Iterable[Event]) -> None:
        assert not self._rows_began, "events come before rows: they say which rows are samples"
        for event in events:
            self.samples.add_event(event)
            self.children.add(event)
            if event.action == "dropped" and event.matched_id and event.stage == "dedup":
                self.kept_instead.append(_number(event.matched_id))

    def add_rejects(self, rejects: Iterable[Reject]) -> None:
        for reject in rejects:
            _count(self.rejects, reject.reason)

    def add_rows(self, some: Iterable[Example]) -> None:
        """Rows of the version, with its system prompt or without: it is not counted."""
        rows = list(some)
        facts = RowFacts()(rows)
        splits = [row.split or "" for row in rows]
        self.add_facts(facts, splits, [row.group_id or row.example_id for row in rows], {})
        self.add_samples(rows)

    def wanted(self, ids: Sequence[str], splits: Sequence[str]) -> list[int]:
        """Which of all rows `add_samples` must be given."""
        lowest: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for at, (example_id, split) in enumerate(zip(ids, splits, strict=True)):
            lowest[split].append((example_id, at))
        chosen = {at for some in lowest.values() for _, at in heapq.nsmallest(SAMPLE, some)}
        return sorted(chosen | {at for at, name in enumerate(ids) if name in self.samples.wanted})

    def add_samples(self, rows: Iterable[Example]) -> None:
        self._rows_began = True
        for row in rows:
            self.samples.add_row(row)
            self.answers_of[row.split or ""].add(row)

    def add_facts(
        self,
        facts: Arrays,
        splits: Sequence[str],
        groups: Sequence[str],
        more_flags: Mapping[int, Sequence[str]],
    ) -> None:
        """A batch's facts, each row's split and group, and the flags of rows that their facts do not have."""
        self._rows_began = True
        for split, group in zip(splits, groups, strict=True):
            self.groups[split].append(_number(group))
        sources = [name for (name,) in names_of(facts, "source")]
        self.sources.update(zip(sources, splits, strict=True))
        words = facts["prompt"] + facts["answer"]
        for source, spoken in zip(sources, words.tolist(), strict=True):
            self.source_words[source] += spoken
        self.origins.update(name for (name,) in names_of(facts, "origin"))
        for tags in names_of(facts, "tags"):
            for tag in tags:
                _count(self.tags, tag)
        for at, flags in enumerate(names_of(facts, "flags")):
            for flag in dict.fromkeys((*more_flags.get(at, ()), *flags)):
                _count(self.flags, flag)
        self.prompts.add(facts["prompt"])
        self.answers.add(facts["answer"])
        self.tokens.add(facts["tokens"])
        self.turns.add(facts["turns"])

    def page(self, recipe: Recipe, manifest: Manifest) -> str:
        """The report, the same bytes for the same version."""
        from curate.report.page import page

        return page(recipe, manifest, self)


def _count(counter: Counter[str], name: str) -> None:
    counter[name if name in counter or len(counter) < MOST_NAMES else OTHER] += 1


def _number(example_id: str) -> int:
    """The first 64 bits of an id."""
    return int(example_id[:16], 16)
