"""Many decisions as one batch, written some at a time, so that keys are answered meanwhile.

Each step is durable when it returns, and what was written stays whatever comes: a crash, an error or a stop
leaves a shorter batch, which one undo takes back. While one is under way nothing else is written.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from uuid import uuid4

from schemas.decision import Decision
from tui.model.outcome import Outcome
from tui.model.verdicts import Verdicts

CHUNK = 100  # decisions a step: some milliseconds


class Many:
    """Up to `total` drafts, made as they are needed. `wrote` is called after each step, and `ended` says what
    came of it all."""

    def __init__(
        self,
        verdicts: Verdicts,
        drafts: Iterable[Decision],
        total: int,
        wrote: Callable[[], None],
        ended: Callable[["Many"], Outcome],
    ) -> None:
        """Raises UsageError while another is under way; from here on it is this one, until `end`."""
        self._verdicts = verdicts
        self._drafts = iter(drafts)
        self._wrote = wrote
        self._ended = ended
        self._batch = uuid4().hex
        self.total = total
        self.written = 0
        self.last: Decision | None = None
        self.whole = False  # whether all are written
        verdicts.begin(self._batch)

    def step(self) -> bool:
        """Write the next of them; whether there are more. Raises JournalError, and then this step wrote
        nothing."""
        drafts = list(islice(self._drafts, CHUNK))
        if drafts:
            self.last = self._verdicts.write_batch(drafts, self._batch)[-1]
            self.written += len(drafts)
            self._wrote()
        self.whole = len(drafts) < CHUNK
        return not self.whole

    def end(self) -> Outcome:
        """After the last step, or where it is stopped."""
        self._verdicts.end()
        return self._ended(self)

    def run(self) -> Outcome:
        """All steps, one after the other. Raises JournalError, and then what was written stays."""
        try:
            while self.step():
                pass
        finally:
            outcome = self.end()
        return outcome


def finished(result: Many | Outcome) -> Outcome:
    """Carries out what is left to do. Raises JournalError."""
    return result.run() if isinstance(result, Many) else result
