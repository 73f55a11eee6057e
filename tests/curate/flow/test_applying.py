"""Rows that a stage says it leaves alone never become Examples; its answer is what it would be without."""

import pyarrow as pa
import pytest
from sparing import SparingNormalise

from curate.flow.applying import applied, completed
from curate.flow.entry import Entry, Verdict, enter
from curate.flow.keys import row_keys
from curate.stages.normalise import Normalise
from curate.stages.quality import Quality
from schemas.example import Example, Message
from schemas.recipe import Quality as Settings
from schemas.row_table import ROWS, rows_of, rows_table
from schemas.stage import Stage


def row(line: int, question: str, answer: str, **more: object) -> Example:
    said = (Message("user", question), Message("assistant", answer))
    return Example(f"{line:020x}", said, "raw/a.jsonl", line, **more)  # type: ignore[arg-type]


MIXED = [
    row(1, "What?", "That.", metadata={"b": 1.5, "a": [None, "é"]}, tags=("x", "y")),
    row(2, "What?", "That.", metadata={"b": {"deep": True}}, flags=("seen",), protected=True),
    row(3, "Empty", ""),
    row(4, "Empty", ""),
    row(5, "e\u0301", "decomposed"),
    row(6, "[INST] Hello [/INST]", "Hi.", group_key="k", parent_id="p"),
    row(8, "Last", "one", origin="augmented"),
]
LEFT_ALONE = [row(n, f"{n}?", f"{n}.") for n in range(2, 20, 2)]
TOUCHED = [row(n, "Empty", "") for n in range(4)]


def assert_same(one: Entry, other: Entry) -> None:
    assert one.keys.tolist() == other.keys.tolist()
    assert one.verdicts.tolist() == other.verdicts.tolist()
    assert one.events.equals(other.events)
    assert one.contents.equals(other.contents)


@pytest.mark.parametrize("rows", [MIXED, LEFT_ALONE, TOUCHED, []], ids=["mixed", "none", "all", "no rows"])
def test_the_entry_is_that_of_the_stage_without_its_word(rows: list[Example]) -> None:
    table, keys = rows_table(rows), row_keys(rows)

    def entries(stage: Stage) -> tuple[Entry, Entry]:
        answer = applied(stage, table, keys)
        return answer, completed(answer, table)

    for keep_all, spared, asked in zip(
        (False, True), entries(SparingNormalise()), entries(Normalise()), strict=True
    ):
        assert_same(spared, asked)
        assert_same(spared, enter(Normalise(), rows, keys, keep_all))


def test_the_entry_of_quality_is_that_of_its_rules() -> None:
    answers = [
        "Fine.",
        "",
        "I can't help with that.",
        "Dear [Customer Name],",
        "word " * 30,
        "Yes, it is so.",
    ]
    rows = [row(n, "What?", answer, protected=n > 5) for n, answer in enumerate(answers * 2)]
    table, keys = rows_table(rows), row_keys(rows)
    entry = applied(Quality(Settings(max_tokens=40)), table, keys)
    assert_same(entry, enter(Quality(Settings(max_tokens=40)), rows, keys, keep_all=False))
    assert {Verdict.SAME, Verdict.CHANGED, Verdict.DROPPED} == set(entry.verdicts.tolist())
    # What is known of the rows holds for other thresholds, too, and no rows are looked at for it.
    known = [{name: table.column(name).to_numpy() for name in table.column_names} for table in entry.measured]
    other = applied(Quality(Settings(min_words=2)), table, keys, known)
    assert_same(other, enter(Quality(Settings(min_words=2)), rows, keys, keep_all=False))


def test_only_other_rows_become_examples() -> None:
    stage = SparingNormalise()
    entry = applied(stage, rows_table(MIXED), row_keys(MIXED))
    left = {1, 6}  # rows of MIXED that it changes nothing in, at even lines
    assert stage.asked == [r.example_id for at, r in enumerate(MIXED) if at not in left]
    assert all(entry.verdicts[at] == Verdict.SAME for at in left)


def test_rows_that_stay_are_taken_from_the_table_as_they_are() -> None:
    """A number that JSON of 64 bits cannot hold would come back as another one."""
    huge = rows_table([row(2, "What?", "That.", metadata={"n": 2**70})])
    keys = row_keys(rows_of(huge))
    contents = completed(applied(SparingNormalise(), huge, keys), huge).contents
    assert contents.select(ROWS.names).equals(huge)
    assert contents.column("metadata").to_pylist() == ['{"n":1180591620717411303424}']


def test_an_answer_of_another_size_is_an_error() -> None:
    class Short(SparingNormalise):
        def untouched(self, rows: pa.Table) -> object:  # type: ignore[override]
            return super().untouched(rows)[:-1]

    with pytest.raises(AssertionError, match="one answer a row"):
        applied(Short(), rows_table(MIXED), row_keys(MIXED))
