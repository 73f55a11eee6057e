"""Finding: one span of a text that a recogniser takes for personal data or a secret."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


class ScanTimeout(Exception):
    """A pattern ran out of time on a text; what it would have found is unknown."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`text[start:end]` is of type `entity` with confidence `score`, says the recogniser `source`.

    `key` is the value in normal form where the recogniser knows one better than `normal_form` does.
    It never leaves the process.
    """

    entity: str
    start: int
    end: int
    score: float
    source: str
    key: str | None = None

    def moved(self, by: int) -> "Finding":
        return Finding(self.entity, self.start + by, self.end + by, self.score, self.source, self.key)


def resolve(findings: Iterable[Finding]) -> list[Finding]:
    """Findings without overlap, by position. Overlapping ones become one finding over all they cover,
    of the type with the highest score, then the longest span: no part of a found value is left over."""
    resolved: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (f.start, f.end, f.entity)):
        if resolved and finding.start < resolved[-1].end:
            resolved[-1] = _merged(resolved[-1], finding)
        else:
            resolved.append(finding)
    return resolved


def _merged(one: Finding, other: Finding) -> Finding:
    best = max(one, other, key=lambda f: (f.score, f.end - f.start, f.entity))
    start, end = min(one.start, other.start), max(one.end, other.end)
    key = best.key if (best.start, best.end) == (start, end) else None
    return replace(best, start=start, end=end, key=key)
