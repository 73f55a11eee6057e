"""`curate review`: the review in the terminal, full-screen or line by line."""

import gc
import os
import sys
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from textual.app import App
from textual.screen import Screen

from schemas.errors import SiftuneError, UsageError
from tui import theme
from tui.actions.keymap import registry_of
from tui.actions.registry import Registry
from tui.catalogue import FIRST, entry, screen_named
from tui.collecting import nothing_collected
from tui.colours import DEFAULT, THEMES
from tui.escape import part_from_escape
from tui.following import Following
from tui.hangup import EXIT_CODE, watch
from tui.hints import Hints
from tui.model.deal import OVERLAP, Deal
from tui.model.pace import Pace
from tui.model.review import Review
from tui.model.workbench import Workbench, open_workbench
from tui.paint.terminal import Able, able
from tui.paint.thrift import Written
from tui.screens.base import SiftScreen, keys_of
from tui.widgets.sheet import Sheet


class ReviewApp(App[int]):
    """Hosts the screens of the catalogue, each made when it is first shown and kept from then on.

    Its theme is our own: an ANSI theme is black on black under NO_COLOR.
    """

    ENABLE_COMMAND_PALETTE = False  # Textual's; ours lists the registry's actions
    TITLE = "Siftune review"

    def __init__(
        self,
        bench: Workbench,
        registry: Registry | None = None,
        *,
        first: str = FIRST,
        colours: str = DEFAULT,
        hints: Hints | None = None,
    ) -> None:
        """`colours` is a name in THEMES; without `hints` none are given."""
        super().__init__()
        self._bench = bench
        self._offered = registry or Registry()
        self._first = self._before = first
        self._hints = hints
        self._following = self._follow(bench.review)
        self._terminal = Written(Able(erases=True) if in_browser() else able(sys.__stderr__))
        theme.wear(colours)
        self.register_theme(THEMES[colours].theme(f"siftune-{colours}"))
        self.theme = f"siftune-{colours}"
        self.set_keymap({action.id: keys_of(action) for action in self._offered.remapped})

    def on_mount(self) -> None:
        self.app_suspend_signal.subscribe(self, lambda _: self.put_pen_down())
        self.app_resume_signal.subscribe(self, lambda _: self._terminal.forget())
        watch(self, self._cut_off)
        self._following.start()
        # a thread that computes gives Python's lock back ten times sooner than it would, to the keys
        sys.setswitchinterval(0.0005)
        # what is loaded by now stays: looking through it for garbage would hold a key up for 40 ms
        self.call_after_refresh(gc.freeze)

    def on_unmount(self) -> None:
        self._following.stop()

    def put_pen_down(self) -> None:
        """Colours and tab stops are not left to what writes on the terminal next."""
        if sys.__stderr__ is not None and not in_browser():
            with suppress(OSError):  # the terminal is gone
                os.write(sys.__stderr__.fileno(), self._terminal.pen.put_down().encode())

    def _cut_off(self) -> None:
        """The terminal is gone. What was decided is in the journal."""
        try:
            for screen in self.screen_stack:
                if isinstance(screen, Sheet):
                    screen.cut_off()
        finally:
            self.exit(EXIT_CODE)

    def _follow(self, review: Review) -> Following:
        return Following(
            self._bench.workspace.journal,
            review.verdicts.annotator,
            review.team.seen,
            lambda: self.call_later(self._others_decided),
        )

    def _others_decided(self) -> None:
        screens = [s for s in self.screen_stack if isinstance(s, SiftScreen) and s.is_mounted]
        try:
            self._bench.review.team.catch_up()
        except SiftuneError as error:
            for screen in screens[-1:]:
                screen.say(f"{error.problem}; {error.mend}", alarm=True)
        for screen in screens:
            screen.show_status()

    def on_resize(self) -> None:
        self._terminal.forget()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        cursor = self.cursor_position if self.focused is not None else None
        super()._display(screen, self._terminal.thrifty(screen, renderable, cursor))

    def get_default_screen(self) -> Screen[None]:
        first = self._made(self._first)
        # switch_screen takes a callback off the screen that it replaces; Textual gives its first one none.
        first._push_result_callback(first, None)
        return first

    def action_help_quit(self) -> None:
        """ctrl+c: Textual's own answer would lie over what is being read."""
        if isinstance(self.screen, SiftScreen):
            self.screen.say(f"{self._offered.shown('quit')} leaves; every decision is already on disk")

    def action_go(self, name: str) -> None:
        """To the screen of that name, or to the one before where it is empty."""
        here = self.screen
        name = name or self._before
        if not isinstance(here, SiftScreen) or name == here.NAME:
            return
        here.leave()
        self._before = here.NAME
        self._made(name)
        self.switch_screen(name)

    def _made(self, name: str) -> SiftScreen:
        if not self.is_screen_installed(name):
            cls = getattr(import_module(f"tui.screens.{name}"), entry(name).cls)
            made = cls(self._bench, self._offered)
            made.hint = self._hints.first(name, self._offered) if self._hints else ""
            self.install_screen(made, name)
        screen = self.get_screen(name)
        assert isinstance(screen, SiftScreen)
        return screen


def in_browser() -> bool:
    """Whether `curate serve` started this process: then its terminal is a page."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


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
    keys: Path | None = None,
    colours: str = DEFAULT,
    screen: str | None = None,
) -> int:
    """Review until the person leaves; returns the exit code.

    `team` are names with commas between them, among whom the work is dealt out, and `overlap` the share that
    all of them get, a tenth when not given. `keys` is a file of the person's own keys, `screen` the name of
    the one to begin on. Raises UsageError for a team, queue, screen or key that can't be used or where there
    is no terminal, and DataErrors of what is opened.
    """
    registry = registry_of(keys)
    first = screen_named(screen, plain=plain) if screen is not None else FIRST
    if not plain and not in_browser() and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("the review needs a terminal, and this is none", "use `curate review --plain`")
    if overlap is not None and team is None:
        raise UsageError("--overlap is a share of what a team does", "name it: --team ada,bob")
    deal = Deal.among(team, annotator, OVERLAP if overlap is None else overlap) if team is not None else None
    with ExitStack() as opened:
        with nothing_collected():
            bench = opened.enter_context(
                open_workbench(
                    recipe_path,
                    queue=queue,
                    annotator=annotator,
                    run=run,
                    version=version,
                    blind=blind,
                    deal=deal,
                )
            )
        if plain:
            from tui.plain import review_plain

            return review_plain(bench, registry=registry, screen=first)
        part_from_escape()
        app = ReviewApp(bench, registry, first=first, colours=colours, hints=Hints.of_person())
        began = datetime.now(UTC)
        try:
            code = app.run() or 0
        finally:
            app.put_pen_down()
        if code == 0 and not in_browser():
            _say_how_much(bench.review, began)
        return code


def _say_how_much(review: Review, began: datetime) -> None:
    new = review.verdicts.history.since(began)
    decided = sum(d.verdict != "skip" or d.statement is not None for d in new)
    if decided:
        pace = Pace.of((d.batch or d.seq, datetime.fromisoformat(d.decided_at)) for d in new)
        said = [f"{decided:,} decided", pace.says(review.progress.left)]
        sys.stderr.write(", ".join(part for part in said if part) + "\n")
