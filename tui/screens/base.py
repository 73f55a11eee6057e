"""What all screens are made of: a line of status, the screen's own panes, messages, questions, and keys.

    class DuplicatesScreen(SiftScreen):
        NAME = "duplicates"                            # its line in tui/catalogue.py
        BINDINGS: ClassVar = bindings_of(NAME)         # the keys of tui/actions/duplicates.py

        def body(self):                                # the panes, made once
            yield ClusterPane(id="clusters")

        def status(self): return "3/12 clusters"       # the line at the top
        def on_mount(self): ...                        # first shown: load what is slow
        def shown(self): ...                           # came back from another screen: catch up
        def action_keep_this(self): self.act(...)      # one method for each action

What holds everywhere:

- an action first changes the model, which writes, then calls `paint`: all panes in the same step;
- what takes longer than a blink is computed by `load`, in a thread, from paths and arrays: the journal's
  connection and the review stay with the main thread;
- `say` tells what an action did, `ask` asks for a line, and while it is open only ctrl and F-keys reach
  the screen;
- text of data passes `tui.safe_text` and the pieces of `tui.widgets.strips`; styles are read from `tui.theme`
  when drawing, never kept from import time, because `--theme` chooses them;
- a list with nothing in it says why and what to press: yield `Empty(lines)` beside the panes, and show one or
  the other with `show_empty`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.screen import Screen
from textual.worker import Worker, WorkerState
from typing_extensions import override

from schemas.errors import SiftuneError
from tui.actions.action import EVERYWHERE, Action, acts_in_a_field
from tui.actions.registry import Registry
from tui.catalogue import FIRST
from tui.collecting import in_turn, nothing_collected
from tui.guide import guide
from tui.model.queues import QUEUE_HELP
from tui.model.review import Outcome
from tui.model.workbench import Workbench
from tui.widgets.bars import KeyBar, MessageBar, StatusBar
from tui.widgets.bindings import bindings_of as bindings_of
from tui.widgets.bindings import keys_of as keys_of
from tui.widgets.empty import Empty
from tui.widgets.prompt_line import PromptLine
from tui.widgets.reader import Reader
from tui.widgets.sheet import WIDTHS

if TYPE_CHECKING:
    from tui.widgets.palette import Offer

Found = TypeVar("Found")


class SiftScreen(Screen[None]):
    """A subclass names its line in the catalogue and fills in `body` and `status`."""

    NAME: ClassVar[str]
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = WIDTHS
    DEFAULT_CSS = "SiftScreen { layout: vertical; background: $background; }"

    def __init__(self, bench: Workbench, registry: Registry) -> None:
        super().__init__()
        self._bench = bench
        self._registry = registry
        self._seen = False
        self.hint = ""  # said where there is nothing else to say, until the person comes back
        self._then: dict[Worker[Any], tuple[Callable[[Any], None], bool]] = {}

    def body(self) -> Iterable[Any]:
        """The panes between the line of status and the messages."""
        raise NotImplementedError

    def status(self) -> str:
        raise NotImplementedError

    def shown(self) -> None:
        """The person came back to this screen."""

    def paint(self) -> None:
        """Show what the model now holds, all panes at once. Not called before the panes are there."""
        self.show_status()

    def show_status(self) -> None:
        self.query_one(StatusBar).show()

    def compose(self) -> ComposeResult:
        yield StatusBar(self.status, id="status")
        yield from self.body()
        yield MessageBar(id="message")
        footer = [(action.shown, action.label) for action in self._registry.footer(self.NAME)]
        keys = KeyBar(footer, [("enter", "answer"), (self._registry.shown("prompt_close"), "leave it")])
        yield PromptLine(keys.show, id="prompt")
        yield keys

    # What screens do

    def say(self, text: str, *, alarm: bool = False) -> None:
        self.query_one(MessageBar).say(text, alarm=alarm)

    def ask(self, question: str, then: Callable[[str], None], value: str = "") -> None:
        """Calls `then` with the line typed; escape, or another screen, and nothing happens."""
        self.query_one(PromptLine).ask(question, then, value)

    @property
    def asking(self) -> bool:
        return self.is_mounted and self.query_one(PromptLine).open

    def act(self, action: Callable[[], Outcome | None], paint: Callable[[], None] | None = None) -> None:
        """Do it, say what came of it, and paint. What went wrong is said, and then nothing has moved."""
        try:
            outcome = action()
        except SiftuneError as error:
            self.say(f"{error.problem}; {error.mend}", alarm=True)
            return
        self.say(outcome.says if outcome else "")
        (paint or self.paint)()

    def load(self, what: str, work: Callable[[], Found], then: Callable[[Found], None]) -> None:
        """Compute `work` in a thread and hand what it gives to `then`; a later load takes the place of this.
        `what` is said meanwhile, where it is not empty. A SiftuneError is said; nothing else may fail."""
        if what:
            self.say(f"{what} …")
        said = bool(what) or any(said for _, said in self._then.values())  # by the one whose place this takes
        quietly = partial(_quietly, work)
        worker = self.run_worker(quietly, thread=True, exclusive=True, exit_on_error=False)
        self._then = {worker: (then, said)}

    def show_empty(self, lines: Sequence[str]) -> None:
        """Lines instead of the panes, where there is nothing to show; none of them brings the panes back."""
        empty = self.query_one(Empty)
        empty.show(lines)
        self.set_class(bool(lines), "-empty")

    # What every screen has

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While something is asked, the example that it is asked about stays: only ways out of here act."""
        return not (self.asking and action in self._held)

    @property
    def _held(self) -> set[str]:
        mine = self._registry.of(self.NAME)
        return {(a.does or a.id).partition("(")[0] for a in mine if not _reaches_a_field(a)}

    def action_help(self) -> None:
        self.app.push_screen(Reader(guide(self._registry, self.NAME), self._registry))

    def action_quit(self) -> None:
        self.app.exit(0)

    def action_palette(self) -> None:
        from tui.widgets.palette import palette

        self.leave()
        self.app.push_screen(palette([*self._actions_offered(), *self._lists_offered()]))

    def action_open(self) -> None:
        from tui.widgets.jump import Jump

        self.app.push_screen(Jump(self._registry.screens), self._jump)

    def action_back(self) -> None:
        self.go("")

    def go(self, name: str) -> None:
        """Show another screen; the one before where `name` is empty."""
        self.call_later(self.run_action, f"app.go({name!r})")

    def leave(self) -> None:
        """What was asked is not answered."""
        if self.asking:
            self.query_one(PromptLine).action_close()

    def show_listed(self, choose: Callable[[], Outcome]) -> None:
        """Have the review list something else, and show it."""
        self.act(choose, lambda: self.go(FIRST))

    def _actions_offered(self) -> Iterator["Offer"]:
        from tui.widgets.palette import Offer

        for action in self._registry.of(self.NAME):
            if action.id != "palette":
                does = partial(self.run_action, action.does or action.id)
                yield Offer(action.shown, action.label, action.help, does, action.id)

    def _lists_offered(self) -> Iterator["Offer"]:
        """Queues and saved views, from any screen."""
        from tui.widgets.palette import Offer

        review, about, key = self._bench.review, dict(QUEUE_HELP), self._registry.shown("queue")
        for name in review.queues:
            does = partial(self.show_listed, partial(review.show_queue, name))
            yield Offer(key, f"queue {name}", about[name], does)
        for view in review.views.all() if review.views is not None else ():
            does = partial(self.show_listed, partial(review.use_view, view))
            yield Offer(key, f"view {view.name}", view.says, does)

    def _jump(self, name: str | None) -> None:
        if name is not None:
            self.go(name)

    def on_screen_resume(self) -> None:
        if self._seen:
            self.hint = ""
            self.shown()
        elif self.hint:
            self.say(self.hint)
        self._seen = True

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        then, said = self._then.get(event.worker, (None, False))
        if then is None or event.state not in (WorkerState.SUCCESS, WorkerState.ERROR):
            return
        self._then = {}
        error = event.worker.error
        if error is None:
            if said:
                self.say(self.hint)
            then(event.worker.result)
        elif isinstance(error, SiftuneError):
            self.say(f"{error.problem}; {error.mend}", alarm=True)
        else:
            raise error


def _quietly(work: Callable[[], Found]) -> Found:
    with in_turn(), nothing_collected():
        return work()


def _reaches_a_field(action: Action) -> bool:
    return action.scope == EVERYWHERE and any(key != "escape" and acts_in_a_field(key) for key in action.keys)
