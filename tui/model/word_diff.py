"""What was changed from one text to another, word by word: the marks between a child and its parent.

A word is a run of letters, digits and the marks on them. In scripts that are written without spaces each
letter is a word, and so is every sign, always with the marks and joined pieces that belong to it. White space
is no word: a change of it alone marks nothing.
"""

import difflib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from curate.similarity.words import unspaced

Slice = tuple[int, int]  # first character, one past the last
Kind = Literal["letter", "alone", "space"]
MOST_WORDS = 4000  # of both texts together; longer ones are told apart only at their beginning and end
_ALIKE = 0.2  # of the words: below that, marks would be everywhere and say nothing
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of the first text and what stands for it in the second: from first to last word, each with
    the white space before it. Either may be empty, not both."""

    before: Slice
    after: Slice
    same: bool


@dataclass(frozen=True, slots=True)
class WordDiff:
    """`changes` make up both texts, in order; `alike` is the share of words that both have."""

    changes: tuple[Change, ...]
    alike: float

    @property
    def removed(self) -> list[Slice]:
        """Spans of the first text that the second does not have."""
        return [c.before for c in self.changes if not c.same and c.before[0] < c.before[1]]

    @property
    def added(self) -> list[Slice]:
        """Spans of the second text that the first does not have."""
        return [c.after for c in self.changes if not c.same and c.after[0] < c.after[1]]

    @property
    def only_spacing(self) -> bool:
        """Whether the words are the same: two texts that differ do so in white space alone."""
        return all(c.same for c in self.changes)

    @property
    def nothing_alike(self) -> bool:
        """Whether so few words are common that marks would say nothing."""
        return self.alike < _ALIKE


@lru_cache(maxsize=64)
def word_diff(before: str, after: str) -> WordDiff:
    """The changes from `before` to `after`: longest matching blocks (Ratcliff and Obershelp, as in difflib)
    between the words that both begin with and those that both end with."""
    old, new = _words(before), _words(after)
    left, right = [before[a:b] for a, b in old], [after[a:b] for a, b in new]
    head = _common(left, right)
    tail = _common(left[head:][::-1], right[head:][::-1])
    ends = len(left) - tail, len(right) - tail
    blocks = [(0, 0, head), *_blocks(left[head : ends[0]], right[head : ends[1]], head), (*ends, tail)]
    same = sum(size for _, _, size in blocks)
    alike = 2 * same / (len(left) + len(right)) if left or right else 1.0
    return WordDiff(tuple(_changes(old, new, blocks)), alike)


def inline(before: str, after: str) -> str:
    """Both texts as one, with `[-removed-]` and `{+added+}`, as wdiff and `git diff --word-diff` write."""
    pieces: list[str] = []
    read = written = 0
    for change in word_diff(before, after).changes:
        gaps = before[read : change.before[0]], after[written : change.after[0]]
        if change.same:
            pieces.append(after[written : change.after[1]])
        else:
            if change.before[0] < change.before[1]:
                pieces.append(f"{gaps[0]}[-{before[slice(*change.before)]}-]")
            if change.after[0] < change.after[1]:
                pieces.append(f"{gaps[1]}{{+{after[slice(*change.after)]}+}}")
        read, written = change.before[1], change.after[1]
    return "".join([*pieces, after[written:]])


def _changes(old: list[Slice], new: list[Slice], blocks: list[tuple[int, int, int]]) -> Iterator[Change]:
    """`blocks` are (first word of `old`, of `new`, words) that match, in order."""
    i = j = 0
    for a, b, size in blocks:
        if a > i or b > j:
            yield Change(_span(old, i, a), _span(new, j, b), same=False)
        if size:
            yield Change(_span(old, a, a + size), _span(new, b, b + size), same=True)
        i, j = a + size, b + size


def _span(words: list[Slice], first: int, end: int) -> Slice:
    """From the first word to the last; empty behind the word before where there is none."""
    if end > first:
        return words[first][0], words[end - 1][1]
    at = words[first - 1][1] if first else 0
    return at, at


def _common(left: list[str], right: list[str]) -> int:
    """How many words both begin with."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(left), len(right)))


def _blocks(left: list[str], right: list[str], offset: int) -> list[tuple[int, int, int]]:
    if len(left) + len(right) > MOST_WORDS:
        return []
    # autojunk would find nothing in common where every word comes often: in code, in Chinese.
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    return [(m.a + offset, m.b + offset, m.size) for m in matcher.get_matching_blocks() if m.size]


def _words(text: str) -> list[Slice]:
    found: list[Slice] = []
    previous: Kind = "space"
    for at, character in enumerate(text):
        kind = _kind(character)
        joined = text[at - 1 : at] == _JOINER
        if kind == "space":
            previous = kind
        elif previous != "space" and (kind == "letter" == previous or joined or _belongs(character)):
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
            previous = kind
    return found


def _kind(character: str) -> Kind:
    if character.isspace():
        return "space"
    return "letter" if character == "_" or (character.isalnum() and not unspaced(character)) else "alone"


def _belongs(character: str) -> bool:
    """Whether it is part of the letter or sign before it: marks, joiners, skin tones."""
    return (
        unicodedata.category(character)[0] == "M"
        or character == _JOINER
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
