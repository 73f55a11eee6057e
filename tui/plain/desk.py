"""What a screen is in line mode: actions by their ids, and what it says of the line shown.

class ContradictionsDesk(ListDesk[Contradictions]):
    NOTHING = "no two examples …"                     # said of an empty list

    def __init__(self, bench, talk):
        super().__init__(bench, talk, Contradictions(…))
        self.acts |= {"keep_left": …}                 # one for each action that is `plain`

    def tell(self): self._talk.say(…)
"""

from collections.abc import Callable
from typing import ClassVar, Generic, Protocol, TypeVar

from tui.model.listing import Cursor
from tui.model.outcome import Outcome
from tui.model.workbench import Workbench
from tui.plain.talk import Talk

Act = Callable[[], Outcome | None]


class Desk(Protocol):
    acts: dict[str, Act]

    @property
    def enter(self) -> str:
        """The action of Enter alone; empty where there is none."""
        ...

    def show(self) -> None:
        """Say what is shown, after each action."""
        ...

    def again(self) -> None:
        """The person comes back to it: what was decided meanwhile counts."""
        ...


class Listed(Protocol):
    @property
    def cursor(self) -> Cursor: ...

    def __len__(self) -> int: ...

    def refresh(self) -> None: ...

    def followed(self, outcome: Outcome) -> Outcome: ...


Model = TypeVar("Model", bound=Listed)


class ListDesk(Generic[Model]):
    """A list to go through, as on the screens beside the review queue."""

    NOTHING: ClassVar[str]

    def __init__(self, bench: Workbench, talk: Talk, listed: Model) -> None:
        self._bench = bench
        self._talk = talk
        self._listed = listed
        self.acts: dict[str, Act] = {
            "down": lambda: self._go(self._listed.cursor.position + 1),
            "up": lambda: self._go(self._listed.cursor.position - 1),
            "first": lambda: self._go(0),
            "last": lambda: self._go(len(self._listed)),
            "undo": lambda: self._listed.followed(bench.review.undo()),
            "redo": lambda: self._listed.followed(bench.review.redo()),
        }

    @property
    def enter(self) -> str:
        return "down" if len(self._listed) else ""

    def show(self) -> None:
        self._talk.say("")
        if len(self._listed):
            self.tell()
        else:
            self._talk.say(f"{self.NOTHING}: type open for another screen, or quit")

    def again(self) -> None:
        self._listed.refresh()

    def tell(self) -> None:
        """Say what the line chosen is about."""
        raise NotImplementedError

    def _place(self, what: str) -> str:
        """`line 3 of 12` and who decides."""
        who = self._bench.review.verdicts.annotator
        return f"{what} {self._listed.cursor.position + 1:,} of {len(self._listed):,}, as {who}"

    def _go(self, position: int) -> Outcome | None:
        before = self._listed.cursor.position
        self._listed.cursor.go(position)
        return Outcome("there is no further line") if self._listed.cursor.position == before else None
