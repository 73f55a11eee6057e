"""Dedup: equal rows, then near-duplicate rows; contradictions and repeated answers are flagged, never merged.

Exact: the same messages without the system prompt, or the same example twice. Near: exact Jaccard of word
n-grams of what user and assistant say, at the recipe's threshold or above (`curate.similarity`). Which row of
a cluster stays is the recipe's `keep`, then the lowest id, then the place in its source; so it does not
depend on file order.

A reviewed row is never dropped. Of two copies of one example one goes all the same: the example stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from curate.similarity.components import Components
from curate.similarity.flags import flags
from curate.similarity.index import NearIndex
from curate.similarity.leaders import Clusters, clusters
from curate.similarity.opposed import Opposition, opposed
from curate.similarity.shingles import Shingles
from curate.similarity.sides import ANSWER_WORDS, Sides
from curate.similarity.words import spoken, spoken_all
from schemas import recipe
from schemas.example import Example, hash_messages
from schemas.ledger import DuplicatePair, Event
from schemas.stage import Outcome, Scope

CONTRADICTION = "contradiction"
SAME_ANSWER = "same_answer"
KEEP = recipe.Dedup().keep


class Dedup:
    """`settings` None: exact duplicates only. Survivors get `cluster_id`, the id of the row kept where others
    went, and a provisional `group_id`: the id of the first-imported row that exact, near and contradicting
    pairs connect with it, whether that row is still there or not."""

    name = "dedup"
    version = 2
    scope: Scope = "dataset"

    def __init__(self, settings: recipe.Dedup | None) -> None:
        self._settings = settings

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        work = _Work(rows, self._settings)
        work.exact()
        if self._settings is not None:
            work.near(self._settings)
        return work.outcome()


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

    def __init__(self, rows: Sequence[Example], settings: recipe.Dedup | None) -> None:
        self.rows = rows
        self.threshold = settings.threshold if settings else None
        self.keep = settings.keep if settings else KEEP
        self.ranked = sorted(range(len(rows)), key=lambda at: _rank(rows[at], self.keep))
        self.groups = Components(len(rows))
        self.fates: dict[int, _Fate] = {}
        self.flagged: list[Event] = []

    def exact(self) -> None:
        by_id: dict[str, int] = {}
        by_content: dict[str, int] = {}
        for at in self.ranked:
            row = self.rows[at]
            copy_of = by_id.setdefault(row.example_id, at)
            kept = copy_of if copy_of != at else by_content.setdefault(_content(row), at)
            if kept != at:
                self.groups.join(kept, at)
                self.fates[at] = _Fate(kept, "exact", 1.0, dropped=copy_of != at or not row.protected)

    def near(self, settings: recipe.Dedup) -> None:
        left = [at for at in self.ranked if at not in self.fates]
        examples = [self.rows[at] for at in left]
        sides = [Sides.of(e) for e in examples]
        index = NearIndex(spoken_all(examples), settings)
        self.groups.join_near(index, left)
        found = clusters(index, sides, [e.protected for e in examples])
        for match in found.matches:
            detail = {"differs": match.differs} if match.differs else {}
            dropped = not examples[match.row].protected
            self.fates[left[match.row]] = _Fate(left[match.kept], "near", match.jaccard, dropped, detail)
        self._flag(left, sides, found, settings)

    def _flag(
        self, left: Sequence[int], sides: Sequence[Sides], found: Clusters, settings: recipe.Dedup
    ) -> None:
        """Flags for rows that stay, whether both sides together, the prompts or the answers made them
        near."""
        alive = [at for at, position in enumerate(left) if self._stays(position)]
        prompts, answers = [sides[at].prompt for at in alive], [sides[at].answer for at in alive]
        asked = NearIndex([side.text for side in prompts], settings)
        said = Shingles.of([side.text for side in answers], settings.shingle).at_least(ANSWER_WORDS)
        answered = NearIndex(said, settings)
        contradictions = found.contradictions + _at(alive, opposed(asked, prompts, answers))
        same_answers = found.same_answers + _at(alive, opposed(answered, answers, prompts))
        for opposition in contradictions:
            self.groups.join(left[opposition.row], left[opposition.other])
        for reason, oppositions in ((CONTRADICTION, contradictions), (SAME_ANSWER, same_answers)):
            for flag in flags(oppositions, len(left)):
                self.flagged.append(self._flag_event(reason, left, flag.opposition, flag.rows))

    def _flag_event(self, reason: str, left: Sequence[int], opposition: Opposition, rows: int) -> Event:
        row, other = self.rows[left[opposition.row]], self.rows[left[opposition.other]]
        detail = {
            "differs": opposition.differs,
            "rows": rows,
            "matched_source": other.source,
            "matched_line": other.line,
        }
        return Event(
            row.example_id,
            Dedup.name,
            "flagged",
            reason,
            score=opposition.score,
            threshold=self.threshold,
            matched_id=other.example_id,
            detail=detail,
        )

    def _stays(self, at: int) -> bool:
        return at not in self.fates or not self.fates[at].dropped

    def _settle(self) -> None:
        """A copy of a row that went as a near duplicate is a near duplicate too, of the row kept for both."""
        for at, fate in list(self.fates.items()):
            if not self._stays(fate.kept):
                self.fates[at] = replace(self.fates[fate.kept], dropped=fate.dropped)

    def outcome(self) -> Outcome:
        self._settle()
        cluster = {
            at: self._leader(at) for fate_at, fate in self.fates.items() for at in (fate_at, fate.kept)
        }
        marks: dict[str, list[str]] = {}
        for event in self.flagged:
            marks.setdefault(event.example_id, []).append(event.reason)
        kept: list[Example] = []
        events: list[Event] = []
        pairs: list[DuplicatePair] = []
        for at, row in enumerate(self.rows):
            fate = self.fates.get(at)
            if fate is not None:
                events.append(self._fate_event(row, fate))
            if fate is not None and fate.dropped:
                pairs.append(self._pair(row, fate))
                continue
            own = [f"{fate.kind}_duplicate"] if fate is not None else []
            leader = cluster.get(at)
            kept.append(
                replace(
                    row,
                    cluster_id=row.cluster_id if leader is None else self.rows[leader].example_id,
                    group_id=self.rows[self.groups.root(at)].example_id,
                ).flagged(*own, *marks.get(row.example_id, ()))
            )
        return Outcome(kept, events + self.flagged, pairs)

    def _leader(self, at: int) -> int:
        while at in self.fates:
            at = self.fates[at].kept
        return at

    def _fate_event(self, row: Example, fate: _Fate) -> Event:
        kept = self.rows[fate.kept]
        return Event(
            row.example_id,
            Dedup.name,
            "dropped" if fate.dropped else "kept_by_review",
            f"{fate.kind}_duplicate",
            score=fate.score,
            threshold=self.threshold if fate.kind == "near" else None,
            matched_id=kept.example_id,
            detail={
                "source": row.source,
                "line": row.line,
                "kept_source": kept.source,
                "kept_line": kept.line,
                "keep": list(self.keep),
                **fate.detail,
            },
        )

    def _pair(self, row: Example, fate: _Fate) -> DuplicatePair:
        kept = self.rows[fate.kept]
        return DuplicatePair(
            kept.example_id,
            row.example_id,
            fate.score,
            fate.kind,
            kept.source,
            kept.line,
            row.source,
            row.line,
        )


def _rank(row: Example, keep: Sequence[str]) -> tuple[tuple[int, ...], str, str, int]:
    """Sorts the row to keep first."""
    merits = {"reviewed": int(row.protected), "priority": row.priority, "longest": len(spoken(row))}
    return tuple(-merits[name] for name in keep), row.example_id, row.source, row.line


def _content(row: Example) -> str:
    return hash_messages(m for m in row.messages if m.role != "system")


def _at(positions: Sequence[int], found: Sequence[Opposition]) -> list[Opposition]:
    return [replace(o, row=positions[o.row], other=positions[o.other]) for o in found]
