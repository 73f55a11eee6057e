"""What row stages are asked ahead is what they answer when their turn comes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from curate.flow.cache import StageCache
from curate.flow.engine import Engine
from curate.flow.foresight import foresee
from curate.flow.keys import row_keys
from curate.flow.rowwise import NOTHING_BEGUN, Begun, Rowwise
from curate.flow.scratch import read_scratch, write_scratch
from curate.flow.step import Step
from curate.flow.table import Table, in_memory
from curate.stages.pii import Pii
from curate.stages.quality import Quality
from schemas import recipe
from schemas.example import Example, Message
from schemas.row_table import rows_table
from schemas.stage import Delta, Outcome, Scope

STEPS = [
    Step(Pii(recipe.Pii()), "pii's key"),
    Step(Quality(recipe.Quality(min_words=4)), "quality's key"),
]
ANSWERS = ("It opens at nine and closes at five.", "Ask ann@example.org for the list of it.", "No.")
EXAMPLES = [
    Example(
        f"{n % 50:020x}", (Message("user", f"What of {n}?"), Message("assistant", ANSWERS[n % 3])), "a", n
    )
    for n in range(60)
]


class Untold:
    """Knows nothing, and is not to be asked."""

    name = "untold"
    version = 1
    scope: Scope = "row"

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        raise AssertionError(f"was asked about {len(rows)} rows")


@pytest.fixture(scope="module")
def workers() -> Iterator[Engine]:
    with Engine([step.stage for step in STEPS if step.stage.scope == "row"], jobs=2) as engine:
        engine.expect(many=True)
        yield engine


def table_of(folder: Path) -> tuple[Table, list[Path | None]]:
    """Two parts, in files."""
    folder.mkdir()
    table = Table(StageCache(folder / "cache"))
    files: list[Path | None] = [folder / "0", folder / "1"]
    for file, rows in zip(files, (EXAMPLES[:40], EXAMPLES[40:]), strict=True):
        assert file is not None
        write_scratch(rows_table(rows), file)
        ids = np.array([row.example_id for row in rows], table.ids.dtype)
        table.extend([(ids, row_keys(rows), in_memory(read_scratch(file)))])
    return table, files


def outcome(table: Table, begun: Begun, workers: Engine, *, asked: bool = True) -> list[object]:
    events = []
    for number, step in enumerate(STEPS):
        assert step.stage.scope == "row"
        stage = step.stage if asked else Untold()
        rowwise = Rowwise(table, stage, step.key, begun, keep_all=number == 0)
        events += [batch.to_pylist() for batch in rowwise.run(workers, number, lambda _: None)]
    return [events, table.alive.tolist(), table.keys[table.alive].tolist(), list(table.batches())]


def test_answers_are_those_of_stages_whose_turn_it_is(tmp_path: Path, workers: Engine) -> None:
    alone, _ = table_of(tmp_path / "alone")
    table, files = table_of(tmp_path / "ahead")
    begun = foresee(table, files, STEPS, workers)
    assert set(begun) == {stretch.id for stretch in table.stretches}
    copies = np.arange(50, 60)  # of the first ten
    for one in (alone, table):
        one.drop(np.append(copies, 3))
    found = outcome(table, begun, workers, asked=False)
    assert found == outcome(alone, NOTHING_BEGUN, workers)
    assert 0 < table.alive.sum() < 49  # quality dropped some


def test_rows_that_reviewers_edited_are_asked_as_they_are_now(tmp_path: Path, workers: Engine) -> None:
    """Those of a file are not theirs, though the part may have its name still."""
    alone, _ = table_of(tmp_path / "alone")
    table, files = table_of(tmp_path / "ahead")
    text = Message("assistant", "Ask bob@example.org for the other list of it.")
    edited = {at: replace(EXAMPLES[at], messages=(EXAMPLES[at].messages[0], text)) for at in (20, 41)}
    kept = {at: replace(EXAMPLES[at], protected=True) for at in (32, 44)}  # quality drops such
    for one in (alone, table):
        one.apply(Delta([], [], replaced=edited | kept), np.arange(len(EXAMPLES)))
    begun = foresee(table, files, STEPS, workers)
    assert set(begun) == {stretch.id for stretch in table.stretches}
    found = outcome(table, begun, workers)
    assert found == outcome(alone, NOTHING_BEGUN, workers)
    assert table.alive[[32, 44]].all()


def test_what_was_not_asked_ahead_is_asked_then(tmp_path: Path, workers: Engine) -> None:
    alone, _ = table_of(tmp_path / "alone")
    table, files = table_of(tmp_path / "ahead")
    begun = foresee(table, [files[0], None], STEPS, workers)
    assert set(begun) == {table.stretches[0].id}
    assert outcome(table, begun, workers) == outcome(alone, NOTHING_BEGUN, workers)


def test_nothing_is_asked_ahead_without_workers_or_of_heavy_stages(tmp_path: Path, workers: Engine) -> None:
    table, files = table_of(tmp_path / "rows")
    with Engine([], jobs=1) as none:
        none.expect(many=True)
        assert not foresee(table, files, STEPS, none)
    assert not foresee(table, files, [Step(Untold(), "key"), *STEPS], workers)
