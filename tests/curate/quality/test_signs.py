"""Signs and bytes in many texts at once: as a look at each text finds them."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.quality import email_leftover, placeholder, refusal
from curate.quality.signs import Signs
from curate.quality.turns import Texts

ALL = [email_leftover._SIGNS, placeholder._ANY_SIGN, refusal._SIGNS]
SIGNS = ["[", "--", "{{", "i can't", "i cannot", "mail", "mailbox"]


def texts_of(listed: list[str]) -> Texts:
    return Texts(pa.array(listed, pa.string()), np.arange(len(listed)))


@given(
    st.lists(
        st.lists(st.sampled_from([*SIGNS, *"[-{i cantmalbox'A@`;"]), max_size=8).map("".join), max_size=6
    )
)
def test_signs_are_found_in_the_texts_that_hold_them(listed: list[str]) -> None:
    found = texts_of(listed).with_sign(Signs(SIGNS)).tolist()
    assert found == [any(sign in text.lower() for sign in SIGNS) for text in listed]


@pytest.mark.parametrize("signs", ALL, ids=["email", "placeholder", "refusal"])
def test_each_sign_of_a_rule_is_found_wherever_it_stands(signs: Signs) -> None:
    each = [sign for sign in signs._signs if sign.isascii()]
    places = [form.format(sign.upper()) for sign in each for form in ("{}", "x{}", "{}x", "xyz {} xyz")]
    assert signs.may_stand_in(pa.array(places)).all()
    short = [sign[:-1] for sign in each if not any(other in sign[:-1] for other in each)]
    assert not signs.may_stand_in(pa.array([*short, "", "plain words"])).any()


@given(
    st.lists(st.text(st.characters(codec="utf-8"), max_size=6), max_size=6),
    st.sets(st.sampled_from("&<`: ab")),
)
def test_bytes_are_found_in_the_texts_that_hold_them(listed: list[str], some: set[str]) -> None:
    found = texts_of(listed).with_byte("".join(some).encode()).tolist()
    assert found == [any(character in text for character in some) for text in listed]
