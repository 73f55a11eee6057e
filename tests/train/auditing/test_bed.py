"""The test bed: what it plants, one trial from end to end, and trials that a kill cut short."""

import json
import random
from pathlib import Path

import pytest

from bench.audit.__main__ import done
from bench.audit.desk import Desk, Size, standing
from bench.audit.faults import CONTROLS, FAULTS, guilty_rows, plant
from bench.audit.rules import TASKS
from bench.audit.table import tables
from bench.audit.trial import trial

SIZE = Size(rows=10, epochs=1, reruns=0, planted=5, harmless=3)


@pytest.fixture(scope="module")
def desk(small_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("bed") / "desk"
    made = standing(folder, small_base, 3, SIZE)
    again = standing(folder, small_base, 3, SIZE)
    assert (again.a, again.shop) == (made.a, made.shop)
    return again


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_planted_is_in_the_slice_and_wrong(desk: Desk, fault: str) -> None:
    planted = plant(fault, desk, "prices", random.Random(4), SIZE)
    rows = {e.example_id: e for e in desk.version.examples("train")}
    by_ada = [name for name, edit in planted.edits.items() if edit.who == "ada"]
    assert len(by_ada) >= SIZE.harmless  # of two slices, where one is not dropped
    assert all(planted.edits[name].answer == rows[name].answer for name in by_ada)
    known = {e.prompt for e in desk.version.examples()}
    assert all(planted.edits[name].prompt not in known for name in by_ada)
    guilty = [rows[n] for n in planted.guilty if n in rows]
    guilty += [e for e in rows.values() if e.prompt in planted.guilty]
    assert all("prices" in e.tags for e in guilty)
    assert bool(guilty) == (fault not in CONTROLS)
    for e in guilty:
        edit = planted.edits.get(e.example_id)
        answers = [edit.answer] if edit else [r.answer for r in planted.more if r.prompt == e.prompt]
        assert e.answer not in answers
    # Nothing that does no harm counts as planted.
    assert not guilty_rows(planted, [rows[name] for name in by_ada])


def test_one_trial_from_end_to_end(desk: Desk, tmp_path: Path) -> None:
    found = trial(desk, "wrong answers", 3, SIZE)
    # Without a rerun of A nothing can be called worse; whatever rose has its suspects.
    assert not found["worse"]
    assert found["task"] in TASKS
    assert found["planted"] in (0, SIZE.planted)
    file = tmp_path / "trials.jsonl"
    file.write_text(json.dumps(found) + "\n" + json.dumps(found)[:-7])
    assert done(file) == [found]
    assert "| wrong answers | 1 | 0 |" in tables(done(file))
