"""Which of many rows hold nothing that any finder finds: by a look at all their texts at once, then by the
few texts that a gate lets pass."""

import sys
from threading import Lock

import numpy as np
import pyarrow as pa

from curate.pii.bulk.texts import Texts, texts_of
from curate.pii.bulk.words import Looks, Words
from curate.pii.folding import folded
from curate.pii.look import Look, Rows
from curate.pii.scanner import Scan, Scanner
from schemas.arrays import Bools, Uint64s
from schemas.example import Example, Message
from schemas.row_table import rows_table

_FEW = 4096  # rows, for which compiled code is not loaded
_MOST_DIGITS = 64  # that are told apart in a row; gates ask for fewer
_MOST_KINDS = 1 << 14
_NOTHING = Scan([], [])
_ANY = rows_table([Example("", (Message("user", "any", tool_calls="[]"),), "", 0)])


class Sieve:
    """A scanner that looks at many rows at once, and knows what it scanned of the last of them."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._words: Words | None = None
        self._scans: dict[str, Scan] = {}
        self._passed: dict[bytes, bool] = {}
        self._met = 0
        self._one_at_a_time = Lock()  # one table of words for all threads

    def scan(self, text: str) -> Scan:
        return self._scans.get(text) or self._scanner.scan(text)

    def untouched(self, rows: pa.Table) -> Bools:
        """Of rows whose schema is ROWS, those in none of whose texts the scanner finds anything or runs out
        of time. There may be more: rows with intricate JSON are left out, and all of a few."""
        if not rows.num_rows:
            return self.untouched(_ANY)[:0]  # loads what it needs
        with self._one_at_a_time:
            return self._untouched(rows)

    def _untouched(self, rows: pa.Table) -> Bools:
        self._scans.clear()
        self._met += rows.num_rows
        if self._met < _FEW and "numba" not in sys.modules:
            return np.zeros(rows.num_rows, dtype=np.bool_)
        if self._words is None:
            self._words = Words(self._scanner.asked)
        touched = np.zeros(rows.num_rows, dtype=np.bool_)
        empty: list[Texts] = []
        for texts in texts_of(rows, touched):
            looks = self._words.look(texts)
            passed = self._let_pass(looks)
            empty.append(texts.only(~passed))
            for text in np.flatnonzero(passed).tolist():
                row = texts.rows[text]
                if not touched[row]:
                    scan = self._scanned(texts, looks, text)
                    touched[row] = bool(scan.findings or scan.timeouts)
        for texts in empty:
            for text in np.flatnonzero(touched[texts.rows]).tolist():
                self._scans[texts[text]] = _NOTHING
        return ~touched

    def _let_pass(self, looks: Looks) -> Bools:
        """The texts that a finder may have to read."""
        digits = np.where(looks.blurred[:, None], _MOST_DIGITS, np.minimum(looks.rows, _MOST_DIGITS))
        kinds = np.column_stack([looks.bits, digits.astype(np.uint64)])
        kind = np.dtype((np.void, kinds.strides[0]))
        passed = looks.alone | self._passes(bytes(kind.itemsize))  # most have no bits and no digits
        others = np.flatnonzero(kinds.any(axis=1))
        passed[others] |= np.fromiter(map(self._passes, kinds[others].view(kind)[:, 0].tolist()), np.bool_)
        return passed

    def _passes(self, kind: bytes) -> bool:
        passes = self._passed.get(kind)
        if passes is None:
            if len(self._passed) >= _MOST_KINDS:
                self._passed.clear()
            numbers = np.frombuffer(kind, dtype=np.uint64)
            bits, rows = _number(numbers[: -len(Rows._fields)]), Rows(*numbers[-len(Rows._fields) :].tolist())
            passes = self._passed[kind] = self._scanner.may_find(bits, rows)
        return passes

    def _scanned(self, texts: Texts, looks: Looks, at: int) -> Scan:
        text = texts[at]
        look = None
        if not looks.alone[at]:
            rows = None if looks.blurred[at] else Rows(*looks.rows[at].tolist())
            look = Look.known(folded(text), _number(looks.bits[at]), rows)
        scan = self._scans[text] = self._scanner.scan(text, look)
        return scan


def _number(bits: Uint64s) -> int:
    return int.from_bytes(bits.tobytes(), "little")
