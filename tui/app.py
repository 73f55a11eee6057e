"""`curate review`: the review in the terminal, full-screen or line by line."""

import sys
from pathlib import Path

from textual.app import App
from textual.screen import Screen

from schemas.errors import UsageError
from tui import theme
from tui.actions import ACTIONS, check
from tui.model.deal import OVERLAP, Deal
from tui.model.workbench import Workbench, open_workbench
from tui.screen import ReviewScreen


class ReviewApp(App[int]):
    """Hosts the review screen. Its theme is our own: an ANSI theme is black on black under NO_COLOR."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "Siftune review"

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self._bench = bench
        self.register_theme(theme.SIFTUNE)
        self.theme = theme.SIFTUNE.name

    def get_default_screen(self) -> Screen[None]:
        return ReviewScreen(self._bench)


def review(
    recipe_path: Path,
    *,
    queue: str | None,
    annotator: str,
    plain: bool,
    run: str | None,
    version: str | None,
    blind: bool = False,
    team: str | None = None,
    overlap: float | None = None,
) -> int:
    """Review until the person leaves; returns the exit code.

    `team` are names with commas between them, among whom the work is dealt out, and `overlap` the share that
    all of them get, a tenth when not given. Raises UsageError for a team, queue or key map that can't be used
    or where there is no terminal, and DataErrors of what is opened.
    """
    check(ACTIONS)
    if not plain and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("the review needs a terminal, and this is none", "use `curate review --plain`")
    if overlap is not None and team is None:
        raise UsageError("--overlap is a share of what a team does", "name it: --team ada,bob")
    deal = Deal.among(team, annotator, OVERLAP if overlap is None else overlap) if team is not None else None
    with open_workbench(
        recipe_path, queue=queue, annotator=annotator, run=run, version=version, blind=blind, deal=deal
    ) as bench:
        if plain:
            from tui.plain import review_plain

            return review_plain(bench)
        return ReviewApp(bench).run() or 0
