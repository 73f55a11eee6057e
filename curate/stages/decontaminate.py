"""Decontaminate: rows that hold a benchmark's words go, so that a benchmark measures what was learnt and not
what was read. What counts as holding them is `curate.contamination.overlap`'s to say.

One event a row. Its detail names the benchmark file and line that it holds most of, how many lines it meets,
and the others of them, up to MOST_NAMED; no text of either.
"""

from collections.abc import Mapping, Sequence
from itertools import chain, islice

from curate.contamination.benchmarks import read_benchmarks
from curate.contamination.overlap import Hit, Overlap, Place
from schemas import recipe
from schemas.example import Example
from schemas.ledger import Event
from schemas.stage import Outcome, Scope

__all__ = ["NEAR", "OVERLAP", "Decontaminate", "read_benchmarks"]

OVERLAP = "benchmark_overlap"
NEAR = "benchmark_near_duplicate"
MOST_NAMED = 20


class Decontaminate:
    """`benchmarks` are lines of passages by file, as `read_benchmarks` gives them."""

    name = "decontaminate"
    version = 4
    scope: Scope = "row"

    def __init__(
        self, settings: recipe.Decontaminate, benchmarks: Mapping[str, Sequence[Sequence[str]]]
    ) -> None:
        self._settings = settings
        self._overlap = Overlap(benchmarks, settings.ngram, settings.threshold)

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        said = [[m.content for m in row.messages if m.role in ("user", "assistant")] for row in rows]
        hits = self._overlap.hits(said)
        kept: list[Example] = []
        events: list[Event] = []
        for at, row in enumerate(rows):
            if at not in hits:
                kept.append(row)
                continue
            event = self._event(row, hits[at])
            events.append(event)
            if row.protected:
                kept.append(row.flagged(event.reason))
        return Outcome(kept, events)

    def _event(self, row: Example, hits: Sequence[Hit]) -> Event:
        worst = hits[0]
        places = list(dict.fromkeys(chain.from_iterable(hit.places for hit in hits)))
        (benchmark, line), others = places[0], places[1:]
        return Event(
            row.example_id,
            self.name,
            "kept_by_review" if row.protected else "dropped",
            NEAR if worst.near else OVERLAP,
            score=round(worst.share, 4),
            threshold=self._settings.threshold if worst.near else None,
            detail={
                "benchmark": benchmark,
                "benchmark_line": line,
                "hits": len(places),
                "also": [_named(place) for place in islice(others, MOST_NAMED)],
            },
        )


def _named(place: Place) -> str:
    return f"{place[0]}:{place[1]}"
