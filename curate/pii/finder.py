"""The seam between the scanner and what finds things: gate, then find."""

import re
from collections.abc import Iterable
from typing import Protocol

from curate.pii.finding import Finding

DIGIT = re.compile(r"\d")


class Gate(Protocol):
    """A pattern, or what can be asked like one."""

    def search(self, text: str, /) -> object | None: ...


class Finder(Protocol):
    """Finds spans in one text.

    `gates` are cheap necessary conditions: where one of them matches nothing, `find` finds nothing. The
    scanner tries each pattern once a text, so finders share gates where they can.
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
