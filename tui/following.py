"""What others of a team decide shows without a key being pressed.

A thread looks into the journal with a connection of its own: a database that answers late, or not at all,
keeps no key waiting.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from curate.journal import Journal
from schemas.errors import JournalError

EVERY_S = 2.0


class Following:
    """Calls `tell`, in its own thread, when the journal holds decisions by others than `annotator` behind the
    seq `after`, and then for those after them. Where the journal is not reached it is tried again:
    whoever decides is told."""

    def __init__(self, where: Path | str, annotator: str, after: int, tell: Callable[[], object]) -> None:
        self._where = where
        self._annotator = annotator
        self._after = after
        self._tell = tell
        self._left = Event()
        self._thread = Thread(target=self._follow, name="following", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Without waiting: it may be waiting for a server."""
        self._left.set()

    def _follow(self) -> None:
        while not self._left.wait(EVERY_S):
            with suppress(JournalError), Journal.open(self._where) as journal:
                self._look(journal)
                while not self._left.wait(EVERY_S):
                    self._look(journal)

    def _look(self, journal: Journal) -> None:
        others, last = False, self._after
        for page in journal.pages("annotator", after=last):
            last = page[-1][0]
            others |= any(annotator != self._annotator for _, annotator in page)
        self._after = last  # of all pages, or of none: the journal may be lost between two
        if others and not self._left.is_set():
            self._tell()
