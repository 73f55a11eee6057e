"""The recipe's `review` section: what annotators choose from."""

from pydantic import field_validator

from schemas.decision import ADJUDICATED
from schemas.section import Section
from schemas.statement import parse

MOST_LABELS = 9  # a digit each
LABELS = ("wrong", "incomplete", "off topic", "unclear question", "unsafe", "style")


class Review(Section):
    """`labels` are given with the digits 1 to 9, in this order."""

    labels: tuple[str, ...] = LABELS

    @field_validator("labels")
    @classmethod
    def labels_are_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) > MOST_LABELS:
            raise ValueError(f"{len(value)} labels are more than the {MOST_LABELS} digits")
        names = [name.strip() for name in value]
        if len(set(names)) < len(names) or not all(names):
            raise ValueError("a label needs a name of its own")
        for name in names:
            if name in (ADJUDICATED, "second-look") or parse(name):
                raise ValueError(f"{name} is a label that the review itself gives")
        return tuple(names)
