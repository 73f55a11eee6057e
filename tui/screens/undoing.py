"""Undo and redo on any screen, and many decisions at once, which are written in steps between which keys are
answered.

    class DuplicatesScreen(UndoingScreen):
        def followed(self, outcome): ...     # the model goes to what was taken back or brought back
        def written(self, several): ...      # paint, after anything that this class wrote
"""

import asyncio
from collections.abc import Callable
from functools import partial

from schemas.errors import SiftuneError
from tui.model.many import CHUNK, Many, finished
from tui.model.outcome import Outcome
from tui.screens.base import SiftScreen

_BREATH_S = 0.005  # between two steps: time for keys that were pressed


class UndoingScreen(SiftScreen):
    _many: Many | None = None  # what is being written
    _stopped = False

    def followed(self, outcome: Outcome) -> Outcome:
        """The model has changed; what is listed may follow, before it is painted."""
        return outcome

    def written(self, several: bool) -> None:  # noqa: ARG002 (a list may tell one from several)
        self.paint()

    def action_undo(self) -> None:
        self.carry_out("undoing", self._bench.review.undoing)

    def action_redo(self) -> None:
        self.carry_out("redoing", self._bench.review.redoing)

    def action_back(self) -> None:
        """Stops what is being written of many; else goes back."""
        if self._many is not None:
            self._stopped = True
        else:
            super().action_back()

    def carry_out(self, doing: str, start: Callable[[], Many | Outcome]) -> None:
        """Much is written in steps, little at once; `doing` is said meanwhile."""

        several = False

        def begin() -> Outcome:
            nonlocal several
            found = start()
            several = isinstance(found, Many)
            if not isinstance(found, Many) or found.total <= CHUNK:
                return self.followed(finished(found))
            self._many, self._stopped = found, False
            self.run_worker(self._write(doing, found), group="many")
            return Outcome(f"{doing} {found.total:,} …")

        self.act(begin, lambda: self.written(several))

    async def _write(self, doing: str, many: Many) -> None:
        stops = self._registry.shown("back")
        failed = None
        try:
            while not self._stopped and many.step():
                self.say(f"{doing}: {many.written:,} of {many.total:,} · {stops} stops it")
                await asyncio.sleep(_BREATH_S)
        except SiftuneError as error:
            failed = error
        finally:
            self._many = None
            outcome = many.end()
        self.act(partial(self.followed, outcome), partial(self.written, True))
        if failed is not None:
            self.say(f"{failed.problem}; {outcome.says}", alarm=True)
