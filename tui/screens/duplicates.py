"""Duplicates by cluster: the row that stayed on the left, what went for it on the right, word by word.

Rows that went are in no version: they are read from the raw files, as they stand there now, and shown as the
recipe's pii stage leaves them.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.strip import Strip

from curate.history.raw import Place, RawRows
from schemas.example import Example
from tui import theme
from tui.actions.registry import Registry
from tui.model.clusters import Clusters, Member
from tui.model.duplicates import Duplicates, Shown
from tui.model.heard import Heard, heard_before
from tui.model.listing import to_next_open
from tui.model.workbench import Workbench
from tui.safe_text import SafeText, visible_line
from tui.screens.base import bindings_of
from tui.screens.listing import ListingScreen
from tui.widgets.beside import beside
from tui.widgets.strips import note, whole

_NAMES = ("stayed", "went")


class DuplicatesScreen(ListingScreen):
    NAME = "duplicates"
    BINDINGS: ClassVar = bindings_of(NAME)
    LOADING = "reading the clusters"
    listed: Duplicates | None

    def __init__(self, bench: Workbench, registry: Registry) -> None:
        super().__init__(bench, registry)
        self._raw = RawRows(bench.workspace)
        self._unreadable: set[Place] = set()

    def read(self) -> tuple[Clusters, Heard]:
        bench = self._bench
        clusters = Clusters(bench.dataset, blind=bench.review.blind)
        bench.review.corpus.prepare_row_of()  # of the lines
        return clusters, heard_before(bench.workspace, bench.review)

    def opened(self, found: tuple[Clusters, Heard]) -> Duplicates:
        return Duplicates(self._bench.review, *found)

    def status(self) -> str:
        if self.listed is None:
            return "duplicates"
        here = self.listed.cursor.position + 1 if len(self.listed) else 0
        who = self._bench.review.verdicts.annotator
        return f"{here:,}/{len(self.listed):,} clusters · least alike first · {who}"

    def nothing(self) -> Sequence[str]:
        return (
            "No row of this version went as a duplicate of another, and none was told apart.",
            "",
            "F2  the review queue",
            "q   leave",
        )

    @property
    def subject(self) -> Hashable:
        return (self.listed.cursor.position, self.listed.member) if self.listed else None

    def moved(self) -> None:
        """Reads what the version does not hold of the cluster shown."""
        wanted = (
            {p: n for p, n in self.listed.missing().items() if p not in self._unreadable}
            if self.listed
            else {}
        )
        if wanted:
            self.load(
                "reading the rows that went", partial(self._raw.redacted, wanted), partial(self._read, wanted)
            )

    def page(self, width: int) -> list[Strip]:
        listed = self.listed
        shown = listed.shown if listed else None
        if listed is None or shown is None:
            return []
        strips = [*self._heads(listed, shown, width), Strip.blank(width, theme.PLAIN)]
        if shown.kept is None or shown.example is None:
            which = "stayed" if shown.kept is None else "went"
            return [*strips, *note(SafeText(f"the text of the row that {which} is not at hand"), width)]
        return [*strips, *beside(shown.kept, shown.example, {}, width, _NAMES)]

    def _heads(self, listed: Duplicates, shown: Shown, width: int) -> Iterator[Strip]:
        cluster = listed.cluster
        assert cluster is not None
        number = (
            f"{listed.member + 1} of {len(cluster.members)}" if len(cluster.members) > 1 else "the only one"
        )
        yield whole(visible_line(f" {_how(shown.member)} · {number}"), theme.BAR_STRONG, width)
        for name, example_id, place in (
            ("stayed", cluster.kept_id, f"{cluster.source}:{cluster.line}"),
            ("went", shown.member.example_id, f"{shown.member.source}:{shown.member.line}"),
        ):
            said = ", ".join(f"{d.annotator}: {d.verdict}" for d in listed.verdicts(example_id))
            line = f" {name:<6}  {place}" + (f" · {said}" if said else "")
            yield whole(visible_line(line), theme.FLAG if said else theme.DIM, width)
        if listed.told_apart(shown.member):
            yield whole(SafeText(" told apart: the next build keeps both"), theme.FLAG, width)

    def _read(self, wanted: Mapping[Place, str], found: Mapping[Place, Example]) -> None:
        self._unreadable |= wanted.keys() - found.keys()
        if self.listed is not None:
            self.listed.texts.update((row.example_id, row) for row in found.values())
            self.paint()

    # Deciding

    def action_keep_this(self) -> None:
        self.change(Duplicates.keep_this)

    def action_keep_kept(self) -> None:
        self.change(Duplicates.keep_kept)

    def action_not_a_duplicate(self) -> None:
        self.change(Duplicates.not_a_duplicate)

    # Moving

    def action_next_cluster(self) -> None:
        self.change(to_next_open)

    def action_next_member(self) -> None:
        self._step(1)

    def action_previous_member(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        if self.listed is not None:
            self.listed.go_to_member(by)
            self.say("")
            self.paint()
            self.moved()


def _how(member: Member) -> str:
    if member.exact:
        return "equal texts"
    return f"Jaccard {member.jaccard:.3f}" + (f" · told apart by {member.apart}" if member.apart else "")
