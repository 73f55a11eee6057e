"""Chunks: long texts are searched piece by piece, with a margin on both sides of each.

A finding belongs to the chunk in whose own part it starts, so that a cut never invents a value.
"""

from collections.abc import Callable, Iterable, Iterator

from curate.pii.finding import Finding

CHUNK = 8192  # characters a chunk owns; quadratic patterns stay under a second on chunk and margins
MARGIN = 2048  # characters of context on either side


def in_chunks(find: Callable[[str], Iterable[Finding]], text: str) -> Iterator[Finding]:
    if len(text) <= CHUNK + MARGIN:
        yield from find(text)
        return
    for start in range(0, len(text), CHUNK):
        left = max(0, start - MARGIN)
        for finding in find(text[left : start + CHUNK + MARGIN]):
            if start <= finding.start + left < start + CHUNK:
                yield finding.moved(left)
