"""Dedup: equal rows, then near-duplicate rows; contradictions and repeated answers are flagged, never merged.

Exact: the same messages without the system prompt, or the same example twice. Near: exact Jaccard of word
n-grams of what user and assistant say, at the recipe's threshold or above (`curate.similarity`). Which row of
a cluster stays is the recipe's `keep`, then the lowest id, then the place in its source; so it does not
depend on file order.

A reviewed row is never dropped. Of two copies of one example one goes all the same: the example stays.
Two rows that a reviewer told apart stay both, unless their texts are equal; the ledger names who did.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from curate.duplicates.comparisons import Comparisons
from curate.duplicates.facts import Facts, FactsFeature, contents
from curate.duplicates.flags import MOST_FLAGGED, flags
from curate.duplicates.graphs import Graphs, tied
from curate.duplicates.leaders import Clusters, clusters
from curate.duplicates.opposed import Opposition, opposed
from curate.meaning.embedding import Embedder, embeddings_of, nearest_before
from curate.similarity.components import Components
from curate.similarity.features import Part
from curate.similarity.hashing import Ints
from curate.similarity.index import NearIndex
from schemas import recipe
from schemas.ledger import DuplicatePair, Event
from schemas.stage import Delta, Rows, Ties
from schemas.statement import NOT_A_DUPLICATE

CONTRADICTION = "contradiction"
SAME_ANSWER = "same_answer"
COMPARED_IN_PART = "compared_in_part"
SEMANTIC_DUPLICATE = "semantic_duplicate"
KEEP = recipe.Dedup().keep


class Dedup:
    """`settings` None: exact duplicates only. Survivors get `cluster_id`, the id of the row kept where others
    went, and a provisional `group_id`: the id of the first-imported row that exact, near and contradicting
    pairs connect with it, whether that row is still there or not.

    `exact` takes the exact join instead of MinHash, which misses one pair in ten thousand at the threshold.
    `embedder` is needed for the settings' semantic pass, which flags and drops nothing. `apart`: the ids of
    two examples that are no duplicates of each other, the lower one first, and which reviewer says so.
    """

    name = "dedup"
    version = 2
    scope: Literal["table"] = "table"

    def __init__(
        self,
        settings: recipe.Dedup | None,
        *,
        exact: bool = False,
        embedder: Embedder | None = None,
        apart: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self._settings = settings
        self._exact = exact
        self._embedder = embedder
        self._apart = apart or {}

    def tied(self, rows: Rows, new: Ints) -> Ints | None:
        """All rows that have a say in what becomes of the rows `new`: `curate.duplicates.graphs`."""
        if self._exact or (self._settings is not None and self._settings.semantic):
            return None
        content = contents(list(rows.features(FactsFeature(), only=("content",))))
        return tied(rows, self._settings, [rows.column("example_id"), content], new)

    def __call__(self, rows: Rows) -> Delta:
        work = _Work(rows, self._settings, self._exact, self._apart)
        work.copies()
        if self._settings is not None:
            work.near()
        if self._settings is not None and self._settings.semantic and self._embedder:
            work.alike_in_meaning(self._embedder, self._settings.semantic.threshold)
            return replace(work.delta(), ties=None)
        return work.delta()


@dataclass(frozen=True, slots=True)
class _Fate:
    """What a row is a duplicate of. `dropped` is false where a reviewer keeps it."""

    kept: int
    kind: Literal["exact", "near"]
    score: float
    dropped: bool
    detail: dict[str, Any] = field(default_factory=dict)


class _Work:
    """One call. Positions are those of `rows`, in import order; `ranked` are positions, best to keep
    first."""

    def __init__(
        self, rows: Rows, settings: recipe.Dedup | None, exact: bool, apart: Mapping[tuple[str, str], str]
    ) -> None:
        self.rows = rows
        self.apart = apart
        self.facts = Facts.of(rows)
        self.exact = exact
        self.threshold = settings.threshold if settings else None
        self.keep = settings.keep if settings else KEEP
        self.ranked = self.facts.ranked(self.keep)
        self.left = self.ranked  # of these, what is no copy of another
        self.comparisons = Comparisons(rows, self.facts.texts)
        keys = [self.facts.ids, self.facts.content]
        self.graphs = Graphs(rows, settings, self.ranked, keys, exact=exact)
        self.groups = Components(len(rows))
        self.fates: dict[int, _Fate] = {}
        self.stays = np.ones(len(rows), dtype=bool)
        self.noted: list[tuple[int, Event]] = []  # of rows that stay
        self.marks: dict[int, list[str]] = {}

    def copies(self) -> None:
        by_id, by_content = self.facts.first_alike(self.ranked)
        copies = self.ranked[by_content[self.ranked] != self.ranked]
        for at in copies.tolist():
            self._decide(_Fate(int(by_content[at]), "exact", 1.0, by_id[at] != at or not self._kept(at)), at)
        self.groups.join_pairs(by_content[copies], copies)

    def near(self) -> None:
        self.places = np.flatnonzero(~np.isin(self.ranked, np.fromiter(self.fates, dtype=np.int64)))
        self.left = self.ranked[self.places]
        index = self._index("spoken", np.arange(len(self.left)))
        self.groups.join_near(index, self.left)
        told = self._told_apart()
        found = clusters(index, self.comparisons, self.left, self.facts.protected[self.left], told)
        for match in found.matches:
            at, detail = int(self.left[match.row]), {"differs": match.differs} if match.differs else {}
            kept = int(self.left[match.kept])
            self._decide(_Fate(kept, "near", match.jaccard, not self._kept(at), detail), at)
        for one in found.apart:
            by = self.apart[told[one.row, one.kept]]
            self._stands_apart(int(self.left[one.row]), int(self.left[one.kept]), one.jaccard, by)
        in_part = np.flatnonzero(index.pairs.in_part[index.node_of] & self.stays[self.left])
        del index
        self._flag_oppositions(found)
        for row in in_part[:MOST_FLAGGED].tolist():
            self._flag(int(self.left[row]), COMPARED_IN_PART, {"rows": len(in_part)})

    def _told_apart(self) -> dict[tuple[int, int], tuple[str, str]]:
        """Places in `left` of the rows told apart, both ways round, and the ids in `apart` that they have."""
        if not self.apart:
            return {}
        named = {name.encode() for pair in self.apart for name in pair}
        ids = self.facts.ids[self.left]
        at = {ids.item(row).decode(): row for row in np.flatnonzero(np.isin(ids, sorted(named))).tolist()}
        pairs = {pair: (at[pair[0]], at[pair[1]]) for pair in self.apart if pair[0] in at and pair[1] in at}
        return {way: pair for pair, (a, b) in pairs.items() for way in ((a, b), (b, a))}

    def _stands_apart(self, at: int, other: int, jaccard: float, by: str) -> None:
        facts = self.facts
        detail = {"matched_source": facts.source(other), "matched_line": facts.line(other)}
        self._note(
            at,
            Event(
                facts.example_id(at),
                Dedup.name,
                "kept_by_review",
                NOT_A_DUPLICATE,
                score=jaccard,
                threshold=self.threshold,
                matched_id=facts.example_id(other),
                actor=by,
                detail=detail,
            ),
        )

    def _index(self, part: Part, some: Ints) -> NearIndex:
        """The graph of one part of some rows of `left`; what it finds near will be compared."""
        index = self.graphs.index(part).among(self.places[some])
        self.comparisons.expect(self.left[some[index.alike()]])
        return index

    def _flag_oppositions(self, found: Clusters) -> None:
        """Flags for rows that stay, whether both sides together, the prompts or the answers made them
        near. Rows are places in `left`, so that the better ones are flagged first."""
        alive = np.flatnonzero(self.stays[self.left])
        prompts = self._index("prompt", alive)
        asked = opposed(prompts, self.comparisons, "prompt", self.left[alive])
        del prompts
        answers = self._index("answer", alive)
        said = opposed(answers, self.comparisons, "answer", self.left[alive])
        del answers
        contradictions = found.contradictions + _at(alive, asked)
        rows = self.left[np.array([(o.row, o.other) for o in contradictions], dtype=np.int64).reshape(-1, 2)]
        self.groups.join_pairs(rows[:, 0], rows[:, 1])
        for reason, oppositions in (
            (CONTRADICTION, contradictions),
            (SAME_ANSWER, found.same_answers + _at(alive, said)),
        ):
            for flag in flags(oppositions, len(self.left)):
                opposition, other = flag.opposition, int(self.left[flag.opposition.other])
                detail = {
                    "differs": opposition.differs,
                    "rows": flag.rows,
                    "matched_source": self.facts.source(other),
                    "matched_line": self.facts.line(other),
                }
                self._flag(int(self.left[opposition.row]), reason, detail, opposition.score, other)

    def _flag(
        self,
        at: int,
        reason: str,
        detail: dict[str, Any],
        score: float | None = None,
        other: int | None = None,
        threshold: float | None = None,
    ) -> None:
        """`threshold` is that of near duplicates when not given."""
        self.marks.setdefault(at, []).append(reason)
        self._note(
            at,
            Event(
                self.facts.example_id(at),
                Dedup.name,
                "flagged",
                reason,
                score=score,
                threshold=self.threshold if threshold is None else threshold,
                matched_id=None if other is None else self.facts.example_id(other),
                detail=detail,
            ),
        )

    def _note(self, at: int, event: Event) -> None:
        self.noted.append((at, event))

    def alike_in_meaning(self, embedder: Embedder, threshold: float) -> None:
        """Flags each row that stays and means what a better one means."""
        alive = self.left[self.stays[self.left]]
        nearest, similar = nearest_before(embeddings_of(self.rows, embedder)[alive], threshold)
        for row in np.flatnonzero(nearest >= 0).tolist():
            other = int(alive[nearest[row]])
            detail = {"matched_source": self.facts.source(other), "matched_line": self.facts.line(other)}
            self._flag(int(alive[row]), SEMANTIC_DUPLICATE, detail, float(similar[row]), other, threshold)

    def _kept(self, at: int) -> bool:
        return bool(self.facts.protected[at])

    def _decide(self, fate: _Fate, at: int) -> None:
        self.fates[at] = fate
        self.stays[at] = not fate.dropped

    def _settle(self) -> None:
        """A copy of a row that went as a near duplicate is a near duplicate too, of the row kept for both."""
        for at, fate in list(self.fates.items()):
            if not self.stays[fate.kept]:
                self.fates[at] = replace(self.fates[fate.kept], dropped=fate.dropped)

    def delta(self) -> Delta:
        self._settle()
        clusters = np.full(len(self.facts), -1, dtype=np.int64)
        for at, fate in self.fates.items():
            clusters[[at, fate.kept]] = self._leader(at)
        for at, fate in self.fates.items():
            if not fate.dropped:
                self.marks.setdefault(at, []).insert(0, f"{fate.kind}_duplicate")
        decided = sorted(self.fates.items())
        about = [at for at, _ in (*decided, *self.noted)]
        ties = self.graphs.ties
        dropped = [(at, fate) for at, fate in decided if fate.dropped]
        return Delta(
            [at for at, _ in dropped],
            [*self._events(decided), *(event for _, event in self.noted)],
            [self._pair(at, fate) for at, fate in dropped],
            {at: tuple(marks) for at, marks in self.marks.items()},
            group_of=self.groups.roots(),
            cluster_of=clusters,
            ties=None if ties is None else Ties(ties, about, [at for at, _ in dropped]),
        )

    def _leader(self, at: int) -> int:
        while at in self.fates:
            at = self.fates[at].kept
        return at

    def _events(self, decided: list[tuple[int, _Fate]]) -> Iterator[Event]:
        facts, keep = self.facts, list(self.keep)
        for at, fate in decided:
            kept = fate.kept
            detail = {
                "source": facts.source(at),
                "line": facts.line(at),
                "kept_source": facts.source(kept),
                "kept_line": facts.line(kept),
                "keep": keep,
                **fate.detail,
            }
            yield Event(
                facts.example_id(at),
                Dedup.name,
                "dropped" if fate.dropped else "kept_by_review",
                f"{fate.kind}_duplicate",
                fate.score,
                self.threshold if fate.kind == "near" else None,
                facts.example_id(kept),
                detail=detail,
            )

    def _pair(self, at: int, fate: _Fate) -> DuplicatePair:
        facts, kept = self.facts, fate.kept
        return DuplicatePair(
            facts.example_id(kept),
            facts.example_id(at),
            fate.score,
            fate.kind,
            facts.source(kept),
            facts.line(kept),
            facts.source(at),
            facts.line(at),
        )


def _at(places: Ints, found: list[Opposition]) -> list[Opposition]:
    return [replace(o, row=int(places[o.row]), other=int(places[o.other])) for o in found]
