"""One sieve asked by several threads says what it says to one."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from curate.pii.bulk.sieve import Sieve
from curate.pii.engine import make_scanner
from schemas.example import Example, Message
from schemas.recipe import Pii
from schemas.row_table import rows_table

ROWS = 4096  # from so many on compiled code looks at them


@pytest.fixture
def eager() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_threads_get_what_one_would(tmp_path: Path, eager: None) -> None:  # noqa: ARG001
    scanner = make_scanner(Pii(), tmp_path)
    texts = [f"word{n} says " + (f"to ann{n}@fable-shop.com" if n % 3 else f"no{n}") for n in range(ROWS)]
    table = rows_table(
        [Example(f"{n:020x}", (Message("user", text),), "a", n) for n, text in enumerate(texts)]
    )
    alone = Sieve(scanner).untouched(table)
    assert int(np.count_nonzero(alone)) == len(range(0, ROWS, 3))
    for _ in range(6):
        shared = Sieve(scanner)
        with ThreadPoolExecutor(4) as pool:
            for found in pool.map(shared.untouched, [table] * 4):
                assert np.array_equal(found, alone)
