"""A certificate that stands says what a new one would say."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curate.building import certificate as module
from curate.building.certificate import certificate
from curate.flow.cache import StageCache
from curate.flow.keys import row_keys
from curate.flow.table import Table, View, in_memory
from curate.leaks import certify
from schemas.example import Example, Message, hash_value
from schemas.row_table import rows_table

SPLITS = ("train", "test")
PLACED = st.tuples(st.integers(0, 5), st.sampled_from(SPLITS), st.sampled_from([1, 1, 1, 2]))


def row(number: int) -> Example:
    """Of twelve rows each has the prompt of two others, or is near to one."""
    answer = f"answer {number % 6} of some words that are not many " + "more " * (number // 6)
    messages = (Message("user", f"question {number // 3}?"), Message("assistant", answer))
    return Example(hash_value(str(number)), messages, "raw/a.jsonl", number)


def table_of(cache: StageCache, placed: dict[int, tuple[str, int]]) -> Table:
    table = Table(cache)
    rows = [row(number) for number in sorted(placed)]
    ids = np.array([each.example_id.encode() for each in rows], table.ids.dtype)
    table.extend([(ids, row_keys(rows), in_memory(rows_table(rows)))])
    table.splits[:] = [split.encode() for _, (split, _) in sorted(placed.items())]
    table.groups[:] = [f"group {group}".encode() for _, (_, group) in sorted(placed.items())]
    return table


@example([[(0, "train", 1), (1, "train", 1)], [(0, "train", 1), (1, "test", 1)]])
@settings(max_examples=30)
@given(st.lists(st.lists(PLACED, min_size=1, max_size=4), min_size=3, max_size=6))
def test_whatever_was_certified_before(
    tmp_path_factory: pytest.TempPathFactory, times: list[list[tuple[int, str, int]]]
) -> None:
    folder = tmp_path_factory.mktemp("builds")
    for number, rows in enumerate(times):
        placed = {row: (split, row if group == 1 else group) for row, split, group in rows}
        table = table_of(StageCache(folder / "kept"), placed)
        fresh = View(table_of(StageCache(folder / str(number)), placed))
        assert certificate(table, None) == certify(fresh, fresh.column("split"), None)


def test_rows_that_went_cost_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = StageCache(tmp_path)
    placed = {0: ("train", 0), 4: ("test", 1), 8: ("test", 2)}
    first = certificate(table_of(cache, placed), None)
    assert (first.cross_split_pairs, first.cross_split_groups) == (0, 0)
    monkeypatch.delattr(module, "certify")
    del placed[4]
    assert certificate(table_of(cache, placed), None) == first
    with pytest.raises(NameError):
        certificate(table_of(cache, placed | {0: ("test", 0)}), None)
