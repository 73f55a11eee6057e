"""Scanner: all finders over one text, gated, in bounded time.

A text is folded character for character first (digits of all scripts, wide letters, odd spaces and dashes
become ASCII), so that positions stay. Long texts are cut into chunks.
"""

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from curate.pii.chunks import in_chunks
from curate.pii.entities import threshold
from curate.pii.finder import Finder, Gate
from curate.pii.finding import Finding, ScanTimeout, resolve
from curate.pii.folding import folded
from curate.pii.look import OF_LOOK, Look, Rows, SeparatedGate, ShapeGate

SURROGATE = re.compile(r"<([A-Z][A-Z_]*)_([0-9]{1,9})>")
"""What stands in a value's place: never itself a finding, so that a second scan finds nothing."""

_MOST_PASSED = 1 << 12  # sets of bits of which it is remembered what they let pass


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
        self._groups = _grouped(finders)
        self._passed: dict[int, tuple[_Group, ...]] = {}

    def scan(self, text: str, look: Look | None = None) -> Scan:
        """`look` is the folded text's, where it is at hand."""
        plain = folded(text) if look is None else look.text
        found: list[Finding] = []
        timeouts: list[str] = []
        finders = self._open(look or Look(plain)) if self._gated else self.finders
        if not finders:
            return Scan(found, timeouts)
        for finder in finders:
            try:
                found += in_chunks(finder.find, plain) if finder.chunked else finder.find(plain)
            except ScanTimeout:
                timeouts.append(finder.name)
        sure = [f for f in found if f.score >= threshold(f.entity) and f.entity not in self._ignored]
        return Scan(self._not_ours(resolve(_outside_surrogates(sure, plain)), plain), timeouts)

    @property
    def asked(self) -> int:
        """The bits of a look that gates ask about."""
        gates = (gate for finder in self.finders for gate in finder.gates)
        return reduce(or_, (gate.asked for gate in gates if isinstance(gate, ShapeGate | SeparatedGate)), 0)

    def may_find(self, bits: int, rows: Rows) -> bool:
        """Whether finders may read a text whose look has these bits and rows, as far as that tells."""
        look = Look.known("", bits, rows)
        return not self._gated or any(group.may_pass(look) for group in self._let_pass(bits))

    def _not_ours(self, findings: list[Finding], text: str) -> list[Finding]:
        if self._ours is None:
            return findings
        return [f for f in findings if not self._ours(f.entity, text[f.start : f.end])]

    def _open(self, look: Look) -> Sequence[Finder]:
        """The finders whose gates let this text pass."""
        passed: dict[int, bool] = {}
        return [f for group in self._let_pass(look.bits) if group.passes(look, passed) for f in group.finders]

    def _let_pass(self, bits: int) -> "tuple[_Group, ...]":
        """The groups that a look's bits let pass; texts with the same bits are many."""
        groups = self._passed.get(bits)
        if groups is None:
            if len(self._passed) >= _MOST_PASSED:
                self._passed.clear()
            groups = tuple(g for g in self._groups if all(bits & any_of for any_of in g.any_of))
            self._passed[bits] = groups
        return groups


@dataclass(frozen=True, slots=True)
class _Group:
    """Finders with the same gates: first those that are answered by a look's bits alone, then the others."""

    any_of: tuple[int, ...]
    gates: tuple[tuple[int, Gate], ...]
    finders: list[Finder]

    def passes(self, look: Look, passed: dict[int, bool]) -> bool:
        """`passed` has by number what gates said of this text before."""
        for number, gate in self.gates:
            passes = passed.get(number)
            if passes is None:
                passes = passed[number] = gate.passes(look)
            if not passes:
                return False
        return True

    def may_pass(self, look: Look) -> bool:
        """Whether a text with this look passes, without those gates that read the text itself."""
        return all(gate.passes(look) for _, gate in self.gates if isinstance(gate, OF_LOOK))


def _grouped(finders: Iterable[Finder]) -> list[_Group]:
    groups: dict[tuple[Gate, ...], list[Finder]] = {}
    for finder in finders:
        groups.setdefault(finder.gates, []).append(finder)
    numbers = {gate: number for number, gate in enumerate({gate: None for gates in groups for gate in gates})}
    made = []
    for gates, same in groups.items():
        by_bits = [gate for gate in gates if isinstance(gate, ShapeGate) and not gate.together]
        others = tuple((numbers[gate], gate) for gate in gates if gate not in by_bits)
        made.append(_Group(tuple(gate.bits for gate in by_bits), others, same))
    return made


def _outside_surrogates(findings: list[Finding], text: str) -> list[Finding]:
    if not findings:
        return findings
    taken = [match.span() for match in SURROGATE.finditer(text)]
    if not taken:
        return findings
    ends = [end for _, end in taken]

    def outside(finding: Finding) -> bool:
        next_one = bisect(ends, finding.start)  # the first surrogate that ends behind the finding's start
        return next_one == len(taken) or finding.end <= taken[next_one][0]

    return [finding for finding in findings if outside(finding)]
