"""The encoding of a text file that is no UTF-8: a proposal, with words as they read, for a person to judge.

chardet (statistics of letter pairs by language) chooses among encodings that people's files are in. Of a few
words no statistics can tell Western from Central European, say: the words are shown for that. Where there is
no word to show, none is proposed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from curate.sources.readers.lines import byte_lines
from curate.sources.rows import BadLine, is_utf8
from curate.sources.table import is_text

CANDIDATES = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "iso8859-2", "mac-roman",
    "koi8-r", "iso8859-5", "cp866", "cp874", "cp932", "euc-jp", "gb18030", "big5hkscs", "cp949",
)  # fmt: skip
"""As chardet names them; Python knows all of these names."""

_FAMILIAR = {"big5hkscs": "big5", "euc_jis_2004": "euc-jp"}
"""Names that people know, for those of larger encodings."""

_SAMPLE = 2**16  # bytes of lines that are no UTF-8
_LOOKED_AT = 2**28  # bytes of the file: a sample is found by then, or the file is nearly all UTF-8
_PIECE = 2**12  # bytes
_CUTS = (b" ", b'"', b",")  # below 0x30, and so never the second byte of a character
_BY_CHANCE = 0.1  # of the lines: short ones of another encoding may happen to be UTF-8
_SHOWN_WORDS = 3
_LONGEST_WORD = 24
_FEW_LETTERS = 3  # beyond ASCII: fewer read well in many encodings
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Guess:
    """`encoding` is the one that fits best, None where none does or nothing tells; `words` are some of the
    file as it reads in it; `mixed`: other lines are UTF-8 beyond ASCII, so that no one reads all;
    `sure`: enough letters speak for it."""

    encoding: str | None
    words: tuple[str, ...] = ()
    mixed: bool = False
    sure: bool = True

    def mend(self, given: str | None = None, *, shared: bool = False) -> str:
        """What to do, for a file that is read by the encoding `given`, or as UTF-8. `shared`: its source
        names other files, too, which may well be UTF-8."""
        shown = f" ({', '.join(self.words)})" if self.words else ""
        reads = "it reads as" if self.sure else "it may be"
        if self.encoding is None or self.encoding == given:
            why = "no other encoding fits" if self.sure else "too few of its letters tell which it is in"
            return f"it is no {given or 'UTF-8'}, and {why}: bring it to UTF-8, or name its `encoding`"
        if self.mixed:
            return (
                f"some of its lines are UTF-8 and others look like {self.encoding}{shown}: no one encoding "
                "reads it; bring its parts to UTF-8 before they are put together"
            )
        if shared:
            return (
                f"{reads} {self.encoding}{shown}: give it a source of its own with "
                f"`encoding: {self.encoding}`, before the one that names other files, too"
            )
        return f"{reads} {self.encoding}{shown}: put `encoding: {self.encoding}` into its source"


def guess_encoding(path: Path | None) -> Guess | None:
    """The guess for a file, or None where all of it is UTF-8 or it is no text file. Raises SourceError."""
    if path is None or not is_text(path):
        return None
    sample, mixed = _sample(path)
    if not sample:
        return None
    import chardet

    found = chardet.detect(
        sample,
        include_encodings=CANDIDATES,
        prefer_superset=False,
        compat_names=False,
        max_bytes=2 * _SAMPLE,
    )
    name = found["encoding"]
    try:
        text = sample.decode(name or "ascii")
    except (LookupError, UnicodeDecodeError):
        return Guess(None, mixed=mixed)
    words = _words(text)
    letters = sum(not letter.isascii() and letter.isalpha() for letter in text)
    if not any(len(word) > 1 for word in words):
        return Guess(None, (), mixed, letters >= _FEW_LETTERS)
    return Guess(_familiar(name or "ascii", sample, text), words, mixed, letters >= _FEW_LETTERS)


def _familiar(name: str, sample: bytes, text: str) -> str:
    """The name that people know, where it reads the sample as this text, too."""
    known = _FAMILIAR.get(name, name)
    return known if sample.decode(known, "replace") == text else name


def _sample(path: Path) -> tuple[bytes, bool]:
    """Pieces of the file that are no UTF-8, and whether more than a few others are UTF-8 beyond ASCII."""
    pieces: list[bytes] = []
    size = seen = utf8 = 0
    for line in byte_lines(path):
        seen += len(line)
        for piece in [] if line.isascii() else _pieces(line):
            if not is_utf8(piece):
                pieces.append(piece)
                size += len(piece)
            elif not piece.isascii():
                utf8 += 1
        if size >= _SAMPLE or seen >= _LOOKED_AT or isinstance(line, BadLine):
            break
    return b"\n".join(pieces), utf8 > _BY_CHANCE * (utf8 + len(pieces))


def _pieces(line: bytes) -> Iterator[bytes]:
    """The line, a long one cut where no encoding has the half of a character."""
    start = 0
    while len(line) - start > _PIECE:
        cut = max(line.rfind(mark, start, start + _PIECE) for mark in _CUTS)
        cut = cut if cut > start else start + _PIECE
        yield line[start:cut]
        start = cut
    yield line[start:]


def _words(text: str) -> tuple[str, ...]:
    """The first words with a letter or apostrophe beyond ASCII."""
    told = (w for w in _WORD.findall(text) if not w.isascii())
    return tuple(dict.fromkeys(word[:_LONGEST_WORD] for word in told))[:_SHOWN_WORDS]
