"""What an example can be laid beside: itself before an edit, its parent, what a stage set it against."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.example import Example, Message
from tui.model.corpus import ABSENT
from tui.model.family import parent_of
from tui.model.shown import Shown


@dataclass(frozen=True, slots=True)
class Other:
    """`name` says in a word or two what it is to the example shown."""

    name: str
    example: Example


def others_of(review: Shown) -> list[Other]:
    """The nearest first; each example once."""
    row, example = review.place.row, review.example
    if row is None or example is None:
        return []
    found: dict[tuple[Message, ...], Other] = {}
    for other in _others(review, row, example):
        found.setdefault(other.example.messages, other)
    return list(found.values())


def _others(review: Shown, row: int, example: Example) -> Iterator[Other]:
    corpus = review.corpus
    standing = corpus.example(row)
    if standing.messages != example.messages:
        yield Other("before your edit", standing)
    parent = parent_of(corpus, example)
    if parent is not None:
        yield Other("parent", parent)
    events = review.ledger.events(example.example_id) if review.ledger is not None else []
    for event in sorted(events, key=lambda event: -(event.score or 0.0)):
        matched = corpus.row_of(event.matched_id) if event.matched_id else ABSENT
        if matched != ABSENT and event.matched_id != example.parent_id:
            score = f" {event.score:.2f}" if event.score is not None else ""
            yield Other(f"{event.reason}{score}", corpus.example(matched))
