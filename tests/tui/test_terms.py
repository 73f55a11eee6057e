"""The text of a filter: what is written means what was meant, whatever characters it holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import UsageError
from tui.model.measures import MEASURES
from tui.model.terms import COMPARISONS, FIELDS, STATE, STATES, TEXT, Term, parsed, written

VALUES = st.text(min_size=1) | st.sampled_from(
    (
        "too late",
        'say "hi"',
        "flag:pii",
        "-flag:pii",
        "loss>3",
        "don't",
        '"',
        "-5",
        "a:b",
        "is:nothing",
        "los>",
    )
)
TERMS = st.one_of(
    st.builds(Term, st.sampled_from([f for f in FIELDS if f != STATE]), VALUES, negated=st.booleans()),
    st.builds(Term, st.just(STATE), st.sampled_from(STATES), negated=st.booleans()),
    st.builds(
        Term,
        st.sampled_from(MEASURES),
        st.floats(allow_nan=False, allow_infinity=False).map(repr),
        st.sampled_from(COMPARISONS),
        negated=st.booleans(),
    ),
)


@given(st.lists(TERMS, max_size=6).map(tuple))
def test_what_is_written_is_read_back(terms: tuple[Term, ...]) -> None:
    assert parsed(written(terms)) == terms


@given(st.text())
def test_any_text_means_something_or_is_refused(text: str) -> None:
    try:
        terms = parsed(text)
    except UsageError:
        return
    assert parsed(written(terms)) == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ('""', ()),
        ("refund  late", (Term(TEXT, "refund"), Term(TEXT, "late"))),
        ('"too late', (Term(TEXT, "too late"),)),
        ("don't won't", (Term(TEXT, "don't"), Term(TEXT, "won't"))),
        ('source:"my file" -is:kept', (Term("source", "my file"), Term("is", "kept", negated=True))),
        ("loss>=2.5", (Term("loss", "2.5", ">="),)),
        ("-text:refund", (Term(TEXT, "refund", negated=True),)),
        ('"flag:pii"', (Term(TEXT, "flag:pii"),)),
        ("http://a.b x>3", (Term(TEXT, "http://a.b"), Term(TEXT, "x>3"))),
        ("flag:", (Term("flag", ""),)),
    ],
)
def test_terms(text: str, terms: tuple[Term, ...]) -> None:
    assert parsed(text) == terms


@pytest.mark.parametrize(
    ("text", "mend"),
    [("los>3", "loss>"), ("loss:3", "loss>2"), ("loss>much", "loss>2"), ("labl:x", "label:")],
)
def test_what_means_nothing_names_what_would(text: str, mend: str) -> None:
    with pytest.raises(UsageError) as caught:
        parsed(text)
    assert mend in caught.value.mend
