"""Dedup: equal rows, then near-duplicate rows; contradictions and repeated answers are flagged, never merged.

Exact: the same messages without the system prompt, or the same example twice. Near: exact Jaccard of word
n-grams of what user and assistant say, at the recipe's threshold or above (`curate.similarity`); whether two
such rows are duplicates, calls and results of tools have a say, too (`curate.duplicates.sides`). Which row of
a cluster stays is the recipe's `keep`, then the lowest id, then the place in its source; so it does not
depend on file order.

A reviewed row is never dropped. Of two copies of one example one goes all the same: the example stays.
Two rows that a reviewer told apart stay both, unless their texts are equal; the ledger names who did.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np

from curate.duplicates.apart import ToldApart
from curate.duplicates.comparisons import Comparisons
from curate.duplicates.facts import Facts, contents
from curate.duplicates.fates import Fate, Fates
from curate.duplicates.flags import MOST_FLAGGED, flags
from curate.duplicates.graphs import Graphs, tied
from curate.duplicates.leaders import Clusters, clusters
from curate.duplicates.opposed import Opposition, opposed
from curate.duplicates.remarks import Remarks
from curate.meaning.embedding import Embedder, embeddings_of, nearest_before
from curate.similarity.components import Components
from curate.similarity.features import Part
from curate.similarity.index import NearIndex
from schemas import recipe
from schemas.arrays import Ints
from schemas.stage import Delta, Rows, Ties

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
    version = 4
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
        self._apart = ToldApart(apart or {})

    def tied(self, rows: Rows, new: Ints) -> Ints | None:
        """By `curate.duplicates.graphs`."""
        if self._exact or (self._settings is not None and self._settings.semantic):
            return None
        return tied(rows, self._settings, [rows.column("example_id"), contents(rows)], new)

    def notes(self) -> Mapping[str, str]:
        """Which examples are told apart, and by whom."""
        return self._apart.notes()

    def __call__(self, rows: Rows) -> Delta:
        work = _Work(rows, self._settings, self._exact, self._apart)
        work.copies()
        if self._settings is not None:
            work.near()
        if self._settings is not None and self._settings.semantic and self._embedder:
            work.alike_in_meaning(self._embedder, self._settings.semantic.threshold)
            return replace(work.delta(), ties=None)
        return work.delta()


class _Work:
    """One call. Positions are those of `rows`, in import order; `ranked` are positions, best to keep
    first."""

    def __init__(self, rows: Rows, settings: recipe.Dedup | None, exact: bool, apart: ToldApart) -> None:
        self.rows = rows
        self.apart = apart
        self.facts = Facts.of(rows)
        threshold, keep = (settings.threshold, settings.keep) if settings else (None, KEEP)
        self.ranked = self.facts.ranked(keep)
        self.left = self.ranked  # of these, what is no copy of another
        self.comparisons = Comparisons(rows, self.facts.texts)
        keys = [self.facts.ids, self.facts.content]
        self.graphs = Graphs(rows, settings, self.ranked, keys, exact=exact)
        self.groups = Components(len(rows))
        self.fates = Fates(self.facts, Dedup.name, threshold, keep)
        self.remarks = Remarks(self.facts, Dedup.name, threshold)

    def copies(self) -> None:
        by_id, by_content = self.facts.first_alike(self.ranked)
        copies = self.ranked[by_content[self.ranked] != self.ranked]
        for at in copies.tolist():
            dropped = by_id[at] != at or not self._protected(at)
            self.fates.decide(at, Fate(int(by_content[at]), "exact", 1.0, dropped))
        self.groups.join_pairs(by_content[copies], copies)

    def near(self) -> None:
        self.places = np.flatnonzero(~np.isin(self.ranked, self.fates.rows()))
        self.left = self.ranked[self.places]
        index = self._index("spoken", np.arange(len(self.left)))
        self.groups.join_near(index, self.left)
        told = self.apart.among(self.facts.ids[self.left])
        found = clusters(index, self.comparisons, self.left, self.facts.protected[self.left], told)
        for match in found.matches:
            at, detail = int(self.left[match.row]), {"differs": match.differs} if match.differs else {}
            kept = int(self.left[match.kept])
            self.fates.decide(at, Fate(kept, "near", match.jaccard, not self._protected(at), detail))
        for one in found.apart:
            by = self.apart.by(told[one.row, one.kept])
            self.remarks.stands_apart(int(self.left[one.row]), int(self.left[one.kept]), one.jaccard, by)
        in_part = np.flatnonzero(index.pairs.in_part[index.node_of] & self.fates.stays[self.left])
        del index
        self._flag_oppositions(found)
        for row in in_part[:MOST_FLAGGED].tolist():
            self.remarks.flag(int(self.left[row]), COMPARED_IN_PART, {"rows": len(in_part)})

    def _index(self, part: Part, some: Ints) -> NearIndex:
        """The graph of one part of some rows of `left`; what it finds near will be compared."""
        index = self.graphs.index(part).among(self.places[some])
        self.comparisons.expect(self.left[some[index.alike()]])
        return index

    def _flag_oppositions(self, found: Clusters) -> None:
        """Flags for rows that stay, whether both sides together, the prompts or the answers made them
        near. Rows are places in `left`, so that the better ones are flagged first."""
        alive = np.flatnonzero(self.fates.stays[self.left])
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
                    **self.remarks.place_of(other),
                }
                self.remarks.flag(int(self.left[opposition.row]), reason, detail, opposition.score, other)

    def alike_in_meaning(self, embedder: Embedder, threshold: float) -> None:
        """Flags each row that stays and means what a better one means."""
        alive = self.left[self.fates.stays[self.left]]
        nearest, similar = nearest_before(embeddings_of(self.rows, embedder)[alive], threshold)
        for row in np.flatnonzero(nearest >= 0).tolist():
            at, other = int(alive[row]), int(alive[nearest[row]])
            detail = self.remarks.place_of(other)
            self.remarks.flag(at, SEMANTIC_DUPLICATE, detail, float(similar[row]), other, threshold)

    def _protected(self, at: int) -> bool:
        return bool(self.facts.protected[at])

    def delta(self) -> Delta:
        fates, remarks, ties = self.fates, self.remarks, self.graphs.ties
        fates.settle()
        marks = fates.marks()
        flags = {at: (marks[at], *remarks.flags.get(at, ())) for at in marks}
        flags |= {at: tuple(reasons) for at, reasons in remarks.flags.items() if at not in marks}
        dropped = fates.dropped()
        return Delta(
            dropped,
            [*fates.events(), *remarks.events],
            fates.pairs(),
            flags,
            group_of=self.groups.roots(),
            cluster_of=fates.clusters(),
            ties=None if ties is None else Ties(ties, [*fates.rows().tolist(), *remarks.about], dropped),
        )


def _at(places: Ints, found: list[Opposition]) -> list[Opposition]:
    return [replace(o, row=int(places[o.row]), other=int(places[o.other])) for o in found]
