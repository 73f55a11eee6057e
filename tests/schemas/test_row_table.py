"""Rows as a table: nothing of them is lost."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.example import Example, Message
from schemas.row_table import rows_of, rows_table

texts = st.text(st.characters(codec="utf-8"), max_size=8)
tool_fields = st.none() | texts
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
messages = st.builds(Message, texts, texts, tool_fields, tool_fields, tool_fields)
examples = st.builds(
    Example,
    example_id=texts,
    messages=st.lists(messages, max_size=3).map(tuple),
    source=texts,
    line=st.integers(1, 2**40),
    tags=st.lists(texts, max_size=2).map(tuple),
    priority=st.integers(-3, 3),
    group_key=tool_fields,
    parent_id=tool_fields,
    origin=st.sampled_from(["imported", "edited", "augmented"]),
    flags=st.lists(texts, max_size=2).map(tuple),
    metadata=st.dictionaries(texts, values, max_size=3),
    protected=st.booleans(),
)


@given(st.lists(examples, max_size=5))
def test_rows_come_back_as_they_were(rows: list[Example]) -> None:
    assert rows_of(rows_table(rows)) == rows
