"""Scanner: all finders over one text, gated, in bounded time.

A text is folded character for character first (wide digits, odd spaces and dashes become ASCII), so that
positions stay. Long texts are cut into chunks with a margin on both sides; a finding belongs to the
chunk in whose own part it starts, so that a cut never invents a value.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from curate.pii.entities import threshold
from curate.pii.finder import Finder, Gate
from curate.pii.finding import Finding, ScanTimeout, resolve

CHUNK = 8192  # characters a chunk owns; quadratic patterns stay under a second on chunk and margins
MARGIN = 2048  # characters of context on either side

SURROGATE = re.compile(r"<([A-Z][A-Z_]*)_([0-9]{1,9})>")
"""What stands in a value's place: never itself a finding, so that a second scan finds nothing."""

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SPACES = dict.fromkeys((0x00A0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
_DASHES = dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63), "-")
_FOLD: dict[int, int | str] = {**_WIDE, **_SPACES, **_DASHES}


@dataclass(frozen=True, slots=True)
class Scan:
    """Findings by position, without overlap, and the finders that ran out of time."""

    findings: list[Finding]
    timeouts: list[str]


class Scanner:
    """`gated=False` skips the gates: the same findings, slower; the tests hold the two together.

    Findings of a type in `ignored`, and values for which `ours` says yes (they stand in a removed value's
    place), are left out.
    """

    def __init__(
        self,
        finders: Sequence[Finder],
        gated: bool = True,
        ignored: frozenset[str] = frozenset(),
        ours: Callable[[str, str], bool] | None = None,
    ) -> None:
        self._gated = gated
        self._ignored = ignored
        self._ours = ours
        self.finders = tuple(finders)
        self._groups: dict[tuple[Gate, ...], list[Finder]] = {}
        for finder in finders:
            self._groups.setdefault(finder.gates, []).append(finder)

    def scan(self, text: str) -> Scan:
        folded = text if text.isascii() else text.translate(_FOLD)
        found: list[Finding] = []
        timeouts: list[str] = []
        for finder in self._open(folded):
            try:
                found += _find(finder, folded)
            except ScanTimeout:
                timeouts.append(finder.name)
        sure = [f for f in found if f.score >= threshold(f.entity) and f.entity not in self._ignored]
        return Scan(self._not_ours(resolve(_outside_surrogates(sure, folded)), folded), timeouts)

    def _not_ours(self, findings: list[Finding], text: str) -> list[Finding]:
        if self._ours is None:
            return findings
        return [f for f in findings if not self._ours(f.entity, text[f.start : f.end])]

    def _open(self, text: str) -> Iterator[Finder]:
        """The finders whose gates let this text pass."""
        passed: dict[Gate, bool] = {}
        for gates, finders in self._groups.items():
            for gate in gates if self._gated else ():
                if gate not in passed:
                    passed[gate] = gate.search(text) is not None
                if not passed[gate]:
                    break
            else:
                yield from finders


def _find(finder: Finder, text: str) -> Iterator[Finding]:
    if not finder.chunked or len(text) <= CHUNK + MARGIN:
        yield from finder.find(text)
        return
    for start in range(0, len(text), CHUNK):
        left = max(0, start - MARGIN)
        for finding in finder.find(text[left : start + CHUNK + MARGIN]):
            if start <= finding.start + left < start + CHUNK:
                yield replace(finding, start=finding.start + left, end=finding.end + left)


def _outside_surrogates(findings: list[Finding], text: str) -> list[Finding]:
    if not findings:
        return findings
    taken = [match.span() for match in SURROGATE.finditer(text)]
    return [f for f in findings if all(f.end <= start or end <= f.start for start, end in taken)]
