"""Children go through the row stages as if each had been given to all of them."""

from collections.abc import Sequence

import pytest

import curate.quality.kernels  # noqa: F401 - with compiled code there, columns are looked at
from curate.augment.filtering import filtered
from curate.stages.pii import Pii
from curate.stages.quality import Quality
from schemas.example import Example, Message, hash_messages
from schemas.recipe import Pii as PiiSettings
from schemas.recipe import Quality as QualitySettings
from schemas.row_table import rows_table
from schemas.stage import Outcome, Stage

PLAIN = "The parcel left the warehouse on Monday and arrives within two days."
ANSWERS = (
    PLAIN,
    "Write to ada@fable-shop.com about it, please.",
    "",
    "My card is 4111 1111 1111 1111.",
    "No.",
)


def child(number: int) -> Example:
    messages = (Message("user", f"Where is parcel {number // 2}?"), Message("assistant", ANSWERS[number % 5]))
    made = Example(hash_messages(messages), messages, "a.jsonl", number, parent_id="p", group_id=f"g{number}")
    return made.flagged("seen") if number % 3 == 0 else made


class Given(Quality):
    """Quality, and which rows it was given."""

    def __init__(self, settings: QualitySettings) -> None:
        super().__init__(settings)
        self.rows: list[Example] = []

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        self.rows += rows
        return super().__call__(rows)


@pytest.fixture
def stages() -> list[Stage]:
    pii = PiiSettings(action="redact", entities={"CREDIT_CARD": "drop"})
    return [Pii(pii), Given(QualitySettings(min_words=3))]


def test_as_if_every_stage_had_been_given_every_child(stages: list[Stage]) -> None:
    children = [child(number) for number in range(60)]
    rows, events = children, []
    for stage in stages:
        outcome = stage(rows)
        rows = outcome.rows
        events += [(stage.name, event) for event in outcome.events]
    found = filtered(stages, children)
    assert len(found.rows) == 24
    assert (found.rows, found.events) == (rows, events)
    assert found.table.equals(rows_table(rows))


def test_what_a_stage_leaves_alone_is_not_given_to_it(stages: list[Stage]) -> None:
    filtered(stages, [child(5 * number) for number in range(20)])
    assert isinstance(stages[1], Given)
    assert stages[1].rows == []


def test_without_stages_and_without_children() -> None:
    assert filtered([], [child(1)]).rows == [child(1)]
    assert filtered([Quality(QualitySettings())], []).table.num_rows == 0
