"""The seam between the scanner and what finds things: gate, then find."""

from collections.abc import Iterable
from typing import Protocol

from curate.pii.finding import Finding
from curate.pii.look import Look


class Gate(Protocol):
    """A cheap question about a text. Gates that ask the same are equal."""

    def passes(self, look: Look, /) -> bool: ...


class Finder(Protocol):
    """Finds spans in one text.

    `gates` are necessary conditions: where one of them lets a text not pass, `find` finds nothing in it. The
    scanner asks each once a text, so finders share gates where they can.
    `chunked` says that long texts are cut for it; it is false where a value may be longer than a chunk's
    margin, and then `find` must take time linear in the text. `find` raises ScanTimeout.
    """

    @property
    def name(self) -> str: ...

    @property
    def gates(self) -> tuple[Gate, ...]: ...

    @property
    def chunked(self) -> bool: ...

    def find(self, text: str) -> Iterable[Finding]: ...
