"""Blocks of a text file: each one conversation in a chat template.

Blocks are cut at lines of `<|endoftext|>`, of `===`, of `---` (three or more), or at two or more blank lines:
the file uses one of these. Because an answer may hold a rule or blank lines of its own, the separator is the
one that leaves the most whole conversations. A file without any is one conversation, unless one instruction
marker after another stands in it: then each opens a block.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from curate.sources.lines import read_bytes
from curate.sources.rows import INVALID_UTF8, RawRow
from curate.templates import parse_template

_SEPARATORS = (
    re.compile(r"<\|endoftext\|>"),
    re.compile(r"^[ \t]*={3,}[ \t\r]*$", re.MULTILINE),
    re.compile(r"^[ \t]*-{3,}[ \t\r]*$", re.MULTILINE),
    re.compile(r"\n(?:[ \t]*\r?\n){2,}"),
)
_OPENINGS = tuple(
    re.compile(rf"^(?={opening})", re.MULTILINE)
    for opening in (
        r"Below is an instruction that describes a task",
        r"###[ \t]*Instruction[ \t]*:",
        r"<INSTRUCTION>",
        r"<\|begin_of_text\|>",
        r"<\|im_start\|>system\b",
    )
)


def text_rows(path: Path) -> Iterator[RawRow]:
    """A row a block, as `{"text": block}`; `line` counts the blocks that are not blank."""
    # Undecodable bytes travel as surrogates, so that only their own block is rejected.
    text = read_bytes(path).decode("utf-8", "surrogateescape")
    for number, block in enumerate(_blocks(text), start=1):
        raw = block.encode("utf-8", "surrogateescape")
        problem = INVALID_UTF8 if any("\ud800" <= c <= "\udfff" for c in block) else None
        yield RawRow(number, {"text": block}, raw, problem)


def _blocks(text: str) -> list[str]:
    best = max((_cut(text, separator) for separator in _SEPARATORS), key=_fitness)
    if len(best) > 1:
        return best
    opening = next((o for o in _OPENINGS if o.match(text.lstrip())), None)
    return _cut(text, opening) if opening else best


def _cut(text: str, separator: re.Pattern[str]) -> list[str]:
    return [block.strip() for block in separator.split(text) if block.strip()]


def _fitness(blocks: list[str]) -> tuple[int, int]:
    """How many blocks are conversations from their first marker on, and how many are conversations at all:
    text before the first marker may be a system prompt, but also the rest of an answer cut in two."""
    transcripts = [(block, parse_template(block, loose=True)) for block in blocks]
    whole = [(block, t.messages[0]) for block, t in transcripts if t and t.answered]
    clean = [first for block, first in whole if first.role != "system" or not block.startswith(first.content)]
    return len(clean), len(whole)
