"""Duplicates looked through cluster by cluster: which row is to stay, and which are no duplicates.

What is decided stands in the journal and counts from the next build on: `keep` for the row to stay, the
statement `Apart` for two rows that are none. The version that is shown does not change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.decision import Decision
from schemas.example import Example
from schemas.statement import Apart
from tui.model.clusters import Cluster, Clusters, Member
from tui.model.corpus import ABSENT
from tui.model.heard import Heard, heard_in
from tui.model.listing import Cursor
from tui.model.outcome import Outcome
from tui.model.review import Review

_AHEAD = 50  # members whose texts are read together


@dataclass(frozen=True, slots=True)
class Shown:
    """The row that stayed and the member looked at, with their texts where they can be had."""

    kept: Example | None
    member: Member
    example: Example | None


class Duplicates:
    """`texts` are rows that the version does not hold, by id, filled in as they are read."""

    def __init__(self, review: Review, clusters: Clusters, heard: Heard | None = None) -> None:
        """`heard` where it was read before."""
        self._review = review
        self._clusters = clusters
        self.cursor = Cursor(len(clusters))
        self.texts: dict[str, Example] = {}
        self._heard = heard.follow(review) if heard is not None else heard_in(review)
        self._spoken_of: dict[int, set[str]] = {}
        self._take_in(self._heard.examples)
        self._at = (-1, 0)  # the cluster last shown, and which of its members

    def __len__(self) -> int:
        return len(self._clusters)

    def line(self, at: int) -> str:
        corpus, kept = self._review.corpus, self._clusters.kept_id(at)
        row = corpus.row_of(kept)
        text = corpus.preview(row) if row != ABSENT else "(left out by a later stage)"
        return f"{self._clusters.size(at):3d} {self._clusters.lowest[at]:.2f} {text}"

    def done(self, at: int) -> bool:
        """Whether anyone decided on any of its rows, or told any apart."""
        return any(self._heard.on(name) for name in self._spoken_of.get(at, ()))

    @property
    def cluster(self) -> Cluster | None:
        return self._clusters[self.cursor.position] if len(self) else None

    @property
    def shown(self) -> Shown | None:
        cluster = self.cluster
        if cluster is None:
            return None
        member = cluster.members[self.member]
        return Shown(self.example(cluster.kept_id), member, self.example(member.example_id))

    @property
    def member(self) -> int:
        """Which of the cluster's members is looked at, from 0."""
        return self._at[1] if self._at[0] == self.cursor.position else 0

    def go_to_member(self, step: int) -> None:
        cluster = self.cluster
        if cluster is not None:
            at = max(0, min(self.member + step, len(cluster.members) - 1))
            self._at = (self.cursor.position, at)

    def example(self, example_id: str) -> Example | None:
        """As the version has it, else as the raw data had it, if that was read."""
        row = self._review.corpus.row_of(example_id)
        return self._review.corpus.example(row) if row != ABSENT else self.texts.get(example_id)

    def missing(self) -> dict[tuple[str, int], str]:
        """Where to read what the version does not hold of the cluster shown: places and ids, of the member
        shown and some behind it."""
        cluster = self.cluster
        if cluster is None:
            return {}
        rows = [(cluster.source, cluster.line, cluster.kept_id)]
        some = cluster.members[self.member : self.member + _AHEAD]
        rows += [(m.source, m.line, m.example_id) for m in some]
        return {(source, line): name for source, line, name in rows if self.example(name) is None}

    def told_apart(self, member: Member) -> bool:
        """Whether anyone said that it is no duplicate of the row that stayed."""
        cluster = self.cluster
        return cluster is not None and (
            self._says(member.example_id, cluster.kept_id) or self._says(cluster.kept_id, member.example_id)
        )

    def verdicts(self, example_id: str) -> list[Decision]:
        """Everyone's verdicts in force; one's own alone when blind."""
        return [d for d in self._heard.on(example_id) if d.verdict != "skip"]

    def keep_this(self) -> Outcome:
        """The member shown is to stay instead of the row that did."""
        cluster, shown = self.cluster, self.shown
        if cluster is None or shown is None:
            return _NOTHING
        if shown.member.exact:
            return Outcome("their texts are equal: it makes no difference which one stays")
        return self._keep(shown.member.example_id, [cluster.kept_id])

    def keep_kept(self) -> Outcome:
        """The row that stayed is to stay, whatever comes."""
        cluster = self.cluster
        if cluster is None:
            return _NOTHING
        return self._keep(cluster.kept_id, [m.example_id for m in cluster.members if not m.exact])

    def not_a_duplicate(self) -> Outcome:
        """The member shown and the row that stayed are both to stay."""
        cluster, shown = self.cluster, self.shown
        if cluster is None or shown is None:
            return _NOTHING
        if shown.member.exact:
            return Outcome("their texts are equal: such duplicates always go")
        if self.told_apart(shown.member):
            return Outcome("these two are told apart already")
        decision = self._review.verdicts.write(
            shown.member.example_id, "skip", labels=(Apart(cluster.kept_id).label,)
        )
        self.refresh()
        return Outcome("told apart: the next build keeps both", decision)

    def refresh(self) -> None:
        """After decisions, here or elsewhere."""
        self._take_in(self._heard.catch_up())

    def _take_in(self, example_ids: Sequence[str]) -> None:
        for at, names in self._clusters.holding(example_ids).items():
            self._spoken_of.setdefault(at, set()).update(names)

    def followed(self, outcome: Outcome) -> Outcome:
        """Back to the cluster that it was about, where it is one of these."""
        self.refresh()
        if outcome.decision is not None:
            clusters = self._clusters.holding([outcome.decision.example_id])
            self.cursor.go(next(iter(clusters), self.cursor.position))
        return outcome

    def _keep(self, example_id: str, others: Iterable[str]) -> Outcome:
        """A keep protects, so who kept another row too is named: then both stay."""
        decision = self._review.verdicts.write(example_id, "keep")
        self.refresh()
        also = {d.annotator for name in others for d in self.verdicts(name) if d.verdict == "keep"}
        says = f"; {', '.join(sorted(also))} kept another of them, which stays too" if also else ""
        return Outcome(f"kept: what is alike goes for it{says}", decision)

    def _says(self, one: str, other: str) -> bool:
        return any(isinstance(s, Apart) and s.other == other for _, s in self._heard.statements_on(one))


_NOTHING = Outcome("no cluster is shown")
