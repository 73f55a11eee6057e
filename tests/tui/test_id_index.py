"""Ids are found as looking at every row would find them."""

import hashlib

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.model import id_index
from tui.model.id_index import IdIndex

HEX = st.text("0123456789abcdef", min_size=20, max_size=20)
ALIKE = st.builds(lambda tail: "00000000" + tail, st.text("01", min_size=12, max_size=12))
WIDE = st.lists(HEX | ALIKE, max_size=30)


@given(ids=WIDE | st.lists(st.text(max_size=12), max_size=12), asked=HEX | ALIKE | st.text(max_size=25))
def test_rows_are_those_that_hold_it(ids: list[str], asked: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(id_index, "_FEW", 2)
        storable = [text.encode("utf-8", "replace").decode() for text in ids]
        halves = pa.chunked_array([storable[::2], storable[1::2]], pa.string())
        for column in (
            pa.array(storable, pa.string()),
            halves,
            pa.array(["x" * 20, *storable], pa.string())[1:],
        ):
            index, texts = IdIndex(column), column.to_pylist()
            for wanted in (*storable, asked.encode("utf-8", "replace").decode()):
                assert index.rows(wanted).tolist() == [i for i, text in enumerate(texts) if text == wanted]


def test_many_are_sorted_and_not_looked_through() -> None:
    ids = [hashlib.sha256(str(n).encode()).hexdigest()[:20] for n in range(id_index._FEW + 1)]
    index = IdIndex(pa.array(ids))
    assert index._sorted is not None
    assert [int(index.rows(ids[n])[0]) for n in (0, 777, len(ids) - 1)] == [0, 777, len(ids) - 1]
    assert np.array_equal(index.rows("f" * 20), [])
