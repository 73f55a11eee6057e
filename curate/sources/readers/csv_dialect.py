"""Which delimiter, quote and escape a CSV file uses. The standard's (RFC 4180) unless the first records speak
against it: a few broken ones do not."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

_DELIMITERS = ",;\t|"
_IN_QUOTES = re.compile(r'"(?:[^"]|"")*+"')
_EXCEL_HINT = re.compile(r"sep=(.)\s*\Z")


@dataclass(frozen=True, slots=True)
class Dialect:
    """`escape`: quotes inside a quoted cell have a backslash before them, and are not doubled. Where no cell
    is `quoted`, a quote is a character like others."""

    delimiter: str = ","
    quote: str = '"'
    escape: bool = False
    quoted: bool = True

    def reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        options: dict[str, Any] = {"escapechar": "\\", "doublequote": False} if self.escape else {}
        options |= {} if self.quoted else {"quoting": csv.QUOTE_NONE}
        return csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote, strict=True, **options)


def excel_hint(line: str) -> str | None:
    """The delimiter that a first line `sep=;` names."""
    hint = _EXCEL_HINT.match(line)
    return hint[1] if hint else None


def sniff(lines: Sequence[str], delimiters: str = _DELIMITERS) -> Dialect:
    """The dialect of a file with these first lines."""
    if not lines:
        return Dialect(delimiters[0])
    plain = max(map(Dialect, delimiters), key=lambda dialect: _fitness(dialect, lines))
    header = lines[0].strip().split(plain.delimiter)
    if all(len(cell) > 1 and cell[0] == cell[-1] == "'" for cell in header):
        return replace(plain, quote="'")
    escaped = replace(plain, escape=True)
    if any('\\"' in line for line in lines) and _fitness(escaped, lines) > _fitness(plain, lines):
        return escaped
    unquoted = replace(plain, quoted=False)
    if plain.delimiter == "\t" and _says_words(lines) and _fitness(unquoted, lines) > _fitness(plain, lines):
        return unquoted
    return plain


def _says_words(lines: Sequence[str]) -> bool:
    """Whether more cells begin with a quote of words in them (`"Never" is a word`) than stand in quotes."""
    cells = [cell for line in lines for cell in line.rstrip("\r\n").split("\t") if cell.startswith('"')]
    return 2 * sum(_IN_QUOTES.fullmatch(cell) is not None for cell in cells) < len(cells)


def _fitness(dialect: Dialect, lines: Sequence[str]) -> tuple[bool, float, int]:
    """Whether it cuts the header at all, the part of the records that have its width, and that width."""
    feed = iter(lines)
    records = fit = width = 0
    while True:
        try:
            for cells in dialect.reader(feed):
                width = width or len(cells)
                records += bool(cells)
                fit += bool(cells) and len(cells) == width
            break
        except csv.Error:
            # The last record may only be cut off by the sample's end.
            if (following := next(feed, None)) is None:
                break
            records += 1
            feed = iter([following, *feed])
    return width > 1, fit / records if records else 0.0, width
