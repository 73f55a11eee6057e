"""Every action of every screen, and what must hold of them together."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tui.actions import (
    contradictions,
    duplicates,
    journal,
    pii,
    review,
    runs,
    shared,
    sheets,
    verdicts,
    votes,
)
from tui.actions.action import Action, acts_in_a_field, key_problem
from tui.actions.sheets import SHEETS, TYPED_IN, Sheet
from tui.catalogue import FIRST, SCREENS, Entry

MAX_FOOTER = 8
ACTIONS: tuple[Action, ...] = (
    *review.ACTIONS,
    *duplicates.ACTIONS,
    *pii.ACTIONS,
    *contradictions.ACTIONS,
    *verdicts.ACTIONS,
    *runs.ACTIONS,
    *votes.ACTIONS,
    *journal.ACTIONS,
    *shared.ACTIONS,
    *(entry.action for entry in SCREENS),
    *sheets.ACTIONS,
)


@dataclass(frozen=True, slots=True)
class Registry:
    """The actions with the keys that they have in this session."""

    actions: tuple[Action, ...] = ACTIONS
    screens: tuple[Entry, ...] = SCREENS

    def of(self, name: str) -> tuple[Action, ...]:
        """The actions of one screen or sheet: its own first, then what it shares."""
        scopes = next(place.scopes for place in self._places if place.name == name)
        return tuple(action for scope in scopes for action in self.actions if action.scope == scope)

    def footer(self, screen: str) -> tuple[Action, ...]:
        return tuple(action for action in self.of(screen) if action.footer)

    def by_typed(self, word: str, screen: str = FIRST) -> Action | None:
        """The action of line mode on that screen that `word` names: by its id, one of its keys, or its label
        where no other has that."""
        name = word.replace("-", "_").replace(" ", "_")
        offered = [action for action in self.of(screen) if action.plain]
        named = [a for a in offered if a.id == name or word in (a.shown, *a.keys)]
        labelled = [a for a in offered if a.label.replace(" ", "_") == name]
        return named[0] if named else labelled[0] if len(labelled) == 1 else None

    def action(self, name: str) -> Action:
        return next(action for action in self.actions if action.id == name)

    def keys_of(self, name: str) -> tuple[str, ...]:
        return self.action(name).keys

    def shown(self, name: str) -> str:
        """The first key of that action, as people read it."""
        return self.action(name).shown

    @property
    def remapped(self) -> tuple[Action, ...]:
        """Actions whose keys are not those that they came with."""
        return tuple(action for action in self.actions if action not in ACTIONS)

    def problems(self) -> list[str]:
        """What must not be: two actions with one id, two of one screen or sheet with one key, a key that
        may never arrive or is text there, a footer that is too long."""
        return list(dict.fromkeys(self._problems()))

    @property
    def _places(self) -> tuple[Entry | Sheet, ...]:
        return (*self.screens, *SHEETS)

    def _problems(self) -> Iterator[str]:
        yield from (f"two actions are called {name!r}" for name in _repeated(a.id for a in self.actions))
        for action in self.actions:
            for key in action.keys:
                if why := key_problem(key):
                    yield f"{action.id!r} has the key {key!r}, {why}"
            if action.scope in TYPED_IN:
                for key in (key for key in action.keys if not acts_in_a_field(key)):
                    yield f"{action.id!r} has the key {key!r}, which is text where it would act"
        for place in self._places:
            actions = self.of(place.name)
            for key in _repeated(key for action in actions for key in action.keys):
                named = " and ".join(repr(action.id) for action in actions if key in action.keys)
                yield f"{named} have the key {key!r}"
        for entry in self.screens:
            if len(self.footer(entry.name)) > MAX_FOOTER:
                yield f"the footer of {entry.name} has room for {MAX_FOOTER} actions"


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
