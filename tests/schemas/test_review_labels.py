"""The recipe's labels of a review: a digit each, with names that the review does not give itself."""

import pytest
from pydantic import ValidationError

from schemas.review import LABELS, Review


def test_there_are_labels_without_a_recipes_own() -> None:
    assert Review().labels == LABELS
    assert Review(labels=(" rude ", "wrong")).labels == ("rude", "wrong")
    assert Review(labels=()).labels == ()


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        (tuple("abcdefghij"), "9 digits"),
        (("rude", " rude"), "a name of its own"),
        (("",), "a name of its own"),
        (("adjudicated",), "itself gives"),
        (("second-look",), "itself gives"),
        (("not_duplicate_of:abc",), "itself gives"),
    ],
)
def test_labels_that_cannot_be(labels: tuple[str, ...], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Review(labels=labels)
