"""The runs of the workspace, and what changed and got worse from one to another. What compares them is
imported when two are compared: the screen is there before."""

from collections.abc import Hashable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.strip import Strip

from train.store import Run, list_runs
from tui import theme
from tui.model.outcome import Outcome
from tui.model.runs import Asked, Runs
from tui.safe_text import SafeText, visible_line
from tui.screens.base import bindings_of
from tui.screens.listing import ListingScreen
from tui.widgets.sections import sections
from tui.widgets.strips import body, note, whole
from tui.widgets.tables import table_strips

if TYPE_CHECKING:
    from train.auditing.audit import Audit

_ROWS = 10  # of each table


class RunsScreen(ListingScreen):
    NAME = "runs"
    BINDINGS: ClassVar = bindings_of(NAME)
    LOADING = "reading the runs"
    DEFAULT_CSS = """
    RunsScreen #list { width: 45%; }
    RunsScreen.-narrow #list { width: 100%; }
    """
    listed: Runs | None

    def read(self) -> list[Run]:
        return list_runs(self._bench.workspace)

    def opened(self, found: list[Run]) -> Runs:
        return Runs(found)

    def status(self) -> str:
        if self.listed is None:
            return "runs"
        other = self.listed.other
        against = f" · A is {other.id}" + ("" if self.listed.a else ", the run before") if other else ""
        return f"{len(self.listed):,} runs, newest first{against}"

    def nothing(self) -> Sequence[str]:
        return (
            "No run yet.",
            "`train run` trains an adapter on this version; two runs can be compared here.",
            "",
            "F2  the review queue",
            "q   leave",
        )

    @property
    def subject(self) -> Hashable:
        return (self.listed.cursor.position, self.listed.audit is None) if self.listed else None

    def page(self, width: int) -> list[Strip]:
        listed = self.listed
        if listed is None:
            return []
        found = listed.audit
        if found is None:
            words = "b compares it with A, which is the run before unless you mark one with a"
            return [*sections(listed.facts(), width), *note(SafeText(words), width)]
        return [*_audit(found, width), *sections(listed.facts(), width)]

    def action_mark_run(self) -> None:
        self.change(Runs.mark)

    def action_audit(self) -> None:
        asked = self.listed.ask() if self.listed else None
        if isinstance(asked, Outcome):
            self.say(asked.says)
        elif asked is not None:
            what = f"comparing {asked.a.id} with {asked.b.id}"
            self.load(what, partial(_compare, asked), partial(self._compared, asked))

    def _compared(self, asked: Asked, found: "Audit") -> None:
        if self.listed is not None:
            self.listed.audits[asked.a.id, asked.b.id] = found
            self.paint()


def _compare(asked: Asked) -> "Audit":
    from train.auditing.audit import audit

    return audit(asked.a, asked.b)


def _audit(found: "Audit", width: int) -> Iterator[Strip]:
    """The verdict first, then what has to be known beside it, then the tables of `train audit`."""
    from train.auditing.table import tables
    from train.auditing.words import caveats, verdict

    yield whole(visible_line(f" {found.a.id} → {found.b.id}"), theme.BAR_STRONG, width)
    yield from body(verdict(found), (), (theme.FLAG,), width)
    for line in caveats(found):
        yield from note(visible_line(line), width)
    for title, table in tables(found, _ROWS):
        yield Strip.blank(width, theme.PLAIN)
        yield whole(visible_line(f" {title}"), theme.NOTICE, width)
        if table is not None:
            yield from table_strips(table, width)
    yield Strip.blank(width, theme.PLAIN)
