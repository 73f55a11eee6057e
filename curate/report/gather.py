"""Gatherer: all that a report needs of a version's events and rows, in one pass over each.

Memory is bounded by the number of sources, reasons and samples, not of rows, but for 8 bytes a row (its
group) and 8 bytes a dropped duplicate (the row kept instead). Tags beyond MOST_NAMES are counted together.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from curate.quality.too_long import estimate
from curate.report.diversity import Sample
from curate.report.samples import Samples
from schemas.example import Example
from schemas.ledger import Event, Reject
from schemas.manifest import Manifest
from schemas.recipe import Recipe

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

    def add(self, value: int) -> None:
        if not self.counts:
            self.counts = [0] * (len(self.edges) + 1)
        at = 0
        while at < len(self.edges) and value >= self.edges[at]:
            at += 1
        self.counts[at] += 1
        self.total += value
        self.most = max(self.most, value)


class Gatherer:
    """Give it all events, then all rows, each in batches of any size; then ask for the page."""

    def __init__(self) -> None:
        self.samples = Samples()
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
        self._rows_began = False

    def add_events(self, events: Iterable[Event]) -> None:
        assert not self._rows_began, "events come before rows: they say which rows are samples"
        for event in events:
            self.samples.add_event(event)
            if event.action == "dropped" and event.matched_id and event.stage == "dedup":
                self.kept_instead.append(_number(event.matched_id))

    def add_rejects(self, rejects: Iterable[Reject]) -> None:
        for reject in rejects:
            _count(self.rejects, reject.reason)

    def add_rows(self, rows: Iterable[Example]) -> None:
        """Rows of the version, with its system prompt or without: it is not counted."""
        self._rows_began = True
        for row in rows:
            self._add(row)

    def _add(self, row: Example) -> None:
        split = row.split or ""
        self.samples.add_row(row)
        self.answers_of[split].add(row)
        self.groups[split].append(_number(row.group_id or row.example_id))
        self.sources[row.source, split] += 1
        self.origins[row.origin] += 1
        for tag in row.tags:
            _count(self.tags, tag)
        for flag in row.flags:
            _count(self.flags, flag)
        prompt = answer = tokens = turns = 0
        for m in row.messages:
            if m.role == "user":
                prompt += len(m.content.split())
                turns += 1
            elif m.role == "assistant":
                answer += len(m.content.split())
            if m.role != "system":
                tokens += estimate(m.content) + (estimate(m.tool_calls) if m.tool_calls else 0)
        self.prompts.add(prompt)
        self.answers.add(answer)
        self.tokens.add(tokens)
        self.turns.add(turns)
        self.source_words[row.source] += prompt + answer

    def page(self, recipe: Recipe, manifest: Manifest) -> str:
        """The report, the same bytes for the same version."""
        from curate.report.page import page

        return page(recipe, manifest, self)


def _count(counter: Counter[str], name: str) -> None:
    counter[name if name in counter or len(counter) < MOST_NAMES else OTHER] += 1


def _number(example_id: str) -> int:
    """The first 64 bits of an id."""
    return int(example_id[:16], 16)
