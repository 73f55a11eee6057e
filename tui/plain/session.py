"""A review in line mode: a word is read, its action found in the registry of the screen, and carried out."""

import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from typing import TextIO

from schemas.errors import SiftuneError
from tui.actions.action import Action
from tui.actions.registry import Registry
from tui.catalogue import FIRST
from tui.guide import plain_guide
from tui.model.workbench import Workbench
from tui.plain.desk import Desk
from tui.plain.talk import Left, Talk

_DESKS = {
    "review": "ReviewDesk",
    "duplicates": "DuplicatesDesk",
    "pii": "PiiDesk",
    "contradictions": "ContradictionsDesk",
    "votes": "VotesDesk",
}
_READ = ("info", "result")  # what says a page of its own, and changes nothing


def review_plain(
    bench: Workbench,
    lines: Iterable[str] | None = None,
    out: TextIO | None = None,
    registry: Registry | None = None,
    screen: str = FIRST,
) -> int:
    """Review until `quit` or the end of input, beginning on `screen`. Returns 0. Raises SiftuneError where
    that screen cannot be opened."""
    talk = Talk(sys.stdin if lines is None else lines, out or sys.stdout)
    session = Session(bench, talk, registry or Registry())
    with suppress(Left):
        session.run(screen)
    return 0


class Session:
    """Screens are opened when they are first asked for, and kept."""

    def __init__(self, bench: Workbench, talk: Talk, registry: Registry) -> None:
        self._bench = bench
        self._talk = talk
        self._registry = registry
        self._desks: dict[str, Desk] = {}
        self._name = FIRST

    def run(self, screen: str = FIRST) -> None:
        self._talk.say("Type a key or a name and press Enter; help lists them.")
        self._go(screen)
        while True:
            word = self._talk.ask(self.prompt)
            action = self.action_of(word)
            if action is None:
                self._talk.say(f"there is no {word!r}; help lists what there is")
            else:
                self._act(action)

    @property
    def desk(self) -> Desk:
        return self._desks[self._name]

    @property
    def prompt(self) -> str:
        """The keys of the screen's main actions, and what Enter alone does."""
        enter = self.desk.enter
        own = [a for a in self._registry.footer(self._name) if a.plain and a.scope == self._name]
        said = [f"{action.shown} {action.label}" for action in own if action.id != enter]
        if enter:
            said.append(f"Enter {self._registry.action(enter).label}")
        return f"{', '.join([*said, 'help'])}> "

    def action_of(self, word: str) -> Action | None:
        word = word or self.desk.enter
        return self._registry.by_typed(word, self._name) if word else None

    def _act(self, action: Action) -> None:
        if action.id == "quit":
            raise Left
        if action.id == "help":
            self._talk.read(plain_guide(self._registry, self._name))
            return
        try:
            if action.id == "open":
                self._open()
            elif action.id.startswith("go_"):
                self._go(action.id.removeprefix("go_"))
            else:
                self._carry_out(action)
        except SiftuneError as error:
            self._talk.say(f"error: {error.problem}")
            self._talk.say(f"  fix: {error.mend}")

    def _carry_out(self, action: Action) -> None:
        outcome = self.desk.acts[action.id]()
        if outcome is not None:
            self._talk.say(outcome.says)
        if action.id not in _READ:
            self.desk.show()

    def _open(self) -> None:
        entries = [entry for entry in self._registry.screens if entry.plain]
        for entry in entries:
            self._talk.say(f"  {entry.letter} or {entry.name}: {entry.about}")
        word = self._talk.ask("screen: ")
        name = next((entry.name for entry in entries if word in (entry.letter, entry.name)), None)
        if name is None:
            self._talk.say(f"there is no screen {word!r} here")
        else:
            self._go(name)

    def _go(self, name: str) -> None:
        if name in self._desks:
            self._desks[name].again()
        else:
            cls = getattr(import_module(f"tui.plain.{name}"), _DESKS[name])
            self._desks[name] = cls(self._bench, self._talk)
        self._name = name
        self.desk.show()
