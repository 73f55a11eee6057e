"""The features of a build from columns against the same from examples, bit for bit."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curate.building.features import of_finished, of_imported
from curate.similarity.features import PARTS, ShingleFeature
from curate.similarity.row_texts import all_folded, pieces
from curate.similarity.words import folded
from curate.sparing import computed
from schemas import recipe
from schemas.example import Example, Message
from schemas.row_table import ROWS, rows_of, rows_table
from schemas.stage import ColumnFeature, Feature

FEATURES = [
    *of_imported(recipe.Dedup())(0),
    *of_finished(recipe.Split(group_by=["customer", "Straße"]), 17, None)(0),
]
TEXT = st.one_of(
    st.text("ab .,!?1\n\t\r\x0b\x1c\x1f\x85\u00a0\u3000_", max_size=30),
    st.text("aé東京ไİßﬃ ΐe\u0301\u00c5\u212b😀x", max_size=20),
    st.text(max_size=20),
)
MAYBE = st.none() | TEXT
FINITE = st.floats(allow_nan=False, allow_infinity=False)  # importing makes text of the others
MESSAGE = st.builds(
    Message, st.sampled_from(["system", "user", "assistant", "tool"]), TEXT, MAYBE, MAYBE, MAYBE
)
ROW = st.builds(
    Example,
    st.text("0123456789abcdef", min_size=20, max_size=20),
    st.lists(MESSAGE, max_size=5).map(tuple),
    st.sampled_from(["raw/a.jsonl", "раw/b.jsonl"]),
    st.integers(1, 2**40),
    tags=st.lists(TEXT, max_size=3).map(tuple),
    priority=st.integers(-3, 3),
    group_key=st.none() | st.text("0123456789abcdef", min_size=20, max_size=20),
    parent_id=st.none() | st.text("0123456789abcdef", min_size=20, max_size=20),
    origin=st.sampled_from(["imported", "edited"]),
    flags=st.lists(st.sampled_from(["pii:EMAIL", "contradiction"]), max_size=2).map(tuple),
    metadata=st.dictionaries(
        st.sampled_from(["customer", "Straße", "n"]),
        st.none() | TEXT | st.integers(-5, 5) | st.lists(FINITE, max_size=2),
        max_size=3,
    ),
    protected=st.booleans(),
)
HOSTILE = [
    Example("0" * 20, (), "raw/a.jsonl", 1),
    Example("1" * 20, (Message("user", ""), Message("assistant", "")), "raw/a.jsonl", 2),
    Example("2" * 20, (Message("user", "..!?"), Message("assistant", " \x1f\r\n")), "raw/a.jsonl", 3),
    Example("3" * 20, (Message("system", "S"), Message("tool", "t", "n", "[]", "c")), "raw/a.jsonl", 4),
    Example("4" * 20, (Message("user", "東京 ไทย\u0301"), Message("assistant", "ß" * 9)), "b", 5),
]


def assert_the_same(ours: dict[str, npt.NDArray[Any]], plain: dict[str, npt.NDArray[Any]]) -> None:
    assert ours.keys() == plain.keys()
    for name, array in plain.items():
        assert ours[name].dtype == array.dtype, name
        assert ours[name].shape == array.shape, name
        assert ours[name].tolist() == array.tolist(), name


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.key)
@given(st.lists(ROW, max_size=6), st.integers(0, 3))
@example(HOSTILE, 0)
@example(HOSTILE, 1)
def test_columns_say_what_examples_say(feature: Feature, rows: Sequence[Example], start: int) -> None:
    assert isinstance(feature, ColumnFeature)
    table = rows_table(rows)
    several = pa.concat_tables([table.slice(0, start), table.slice(start)])
    for columns, some in ((table.slice(start), rows[start:]), (several, rows)):
        assert_the_same(feature.of_table(columns), feature(some))


@given(st.lists(TEXT, max_size=8))
def test_texts_are_folded_at_once_as_they_are_alone(texts: list[str]) -> None:
    column = all_folded(pa.array(texts, pa.string()))
    assert column.to_pylist() == [folded(text) for text in texts]
    assert [bytes(piece).decode() for piece in pieces(column[1:])] == [folded(text) for text in texts[1:]]


def test_compiled_shingles_of_columns_are_those_of_examples() -> None:
    rows = [
        Example(
            f"{at:020x}", (Message("user", f"{at} is ИТ {at * 7}?"), Message("assistant", "ß" * at)), "a", 1
        )
        for at in range(1100)
    ]
    for part in PARTS:
        feature = ShingleFeature(part, 3, many=True)
        assert_the_same(feature.of_table(rows_table(rows)), feature(rows))


class Plain:
    """A feature that needs examples."""

    key = "plain/1"

    def __call__(self, rows: Sequence[Example]) -> dict[str, npt.NDArray[Any]]:
        return {"lines": np.array([row.line for row in rows])}


def test_a_feature_that_needs_examples_gets_them() -> None:
    table = rows_table(HOSTILE)
    assert table.schema == ROWS
    columns, examples = (computed(feature, table) for feature in (FEATURES[0], Plain()))
    assert columns["lines"].tolist() == examples["lines"].tolist() == [row.line for row in rows_of(table)]
