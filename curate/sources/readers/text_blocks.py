"""Blocks of a text file: each one conversation in a chat template.

Blocks are cut at lines of `<|endoftext|>`, of `===`, of `---` (three or more), or at two or more blank lines:
the file uses one of these. Because an answer may hold a rule or blank lines of its own, the separator is the
one that leaves the most whole conversations in the file's first 16 MiB. A file without any is one
conversation, unless one instruction marker after another stands in it: then each opens a block.
"""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from curate.sources.readers.lines import MAX_LINE, TOO_LONG, byte_lines
from curate.sources.rows import INVALID_UTF8, BadLine, RawRow
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


def text_rows(path: Path, encoding: str | None = None) -> Iterator[RawRow]:
    """A row a block, as `{"text": block}`; `line` counts the blocks that are not blank."""
    for number, block in enumerate(_blocks(_parts(path, encoding)), start=1):
        if isinstance(block, BadLine):
            yield RawRow(number, raw=block, problem=block.problem)
            continue
        raw = block.encode("utf-8", "surrogateescape")
        problem = (
            None if block.isascii() or not any("\ud800" <= c <= "\udfff" for c in block) else INVALID_UTF8
        )
        yield RawRow(number, {"text": block}, raw, problem)


def _parts(path: Path, encoding: str | None) -> Iterator[str | BadLine]:
    """The file's text in parts of whole lines, about MAX_LINE bytes each, and its bad lines between them."""
    lines: list[bytes] = []
    size = 0
    for line in byte_lines(path, encoding):
        if isinstance(line, BadLine):
            yield _text(lines)
            yield line
            lines, size = [], 0
            continue
        lines.append(line)
        size += len(line) + 1
        if size >= MAX_LINE:
            yield _text(lines)
            lines, size = [], 0
    yield _text(lines)


def _text(lines: list[bytes]) -> str:
    # Undecodable bytes travel as surrogates, so that only their own block is rejected.
    return b"".join(line + b"\n" for line in lines).decode("utf-8", "surrogateescape")


def _blocks(parts: Iterator[str | BadLine]) -> Iterator[str | BadLine]:
    first = next(parts)
    separator = _separator(first) if isinstance(first, str) else _SEPARATORS[0]
    rest = ""  # the last block of a part, which may go on in the next
    for part in chain([first], parts):
        if isinstance(part, BadLine):
            if rest.strip():
                yield rest.strip()
            yield part
            rest = ""
            continue
        *whole, rest = separator.split(rest + part)
        for block in whole:
            if block.strip():
                yield block.strip()
        if len(rest) > 2 * MAX_LINE:
            yield BadLine.of(rest.encode("utf-8", "surrogateescape"), TOO_LONG, len(rest))
            rest = ""
    if rest.strip():
        yield rest.strip()


def _separator(text: str) -> re.Pattern[str]:
    cuts = [(separator, _cut(text, separator)) for separator in _SEPARATORS]
    best, blocks = max(cuts, key=lambda cut: _fitness(cut[1]))
    if len(blocks) > 1:
        return best
    return next((o for o in _OPENINGS if o.match(text.lstrip())), best)


def _cut(text: str, separator: re.Pattern[str]) -> list[str]:
    return [block.strip() for block in separator.split(text) if block.strip()]


def _fitness(blocks: list[str]) -> tuple[int, int]:
    """How many blocks are conversations from their first marker on, and how many are conversations at all:
    text before the first marker may be a system prompt, but also the rest of an answer cut in two."""
    transcripts = [(block, parse_template(block, loose=True)) for block in blocks]
    whole = [(block, t.messages[0]) for block, t in transcripts if t and t.answered]
    clean = [first for block, first in whole if first.role != "system" or not block.startswith(first.content)]
    return len(clean), len(whole)
