"""How fast someone decides, and how long the rest takes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from curate.journal import Journal
from curate.journal.lines import plain
from schemas.canonical import to_json
from schemas.decision import Decision
from tui.app import _say_how_much
from tui.model.history import History
from tui.model.overview import Known, Overview
from tui.model.pace import Pace
from tui.model.tally import Tally

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def decisions(*after_s: float, batch: str | None = None, verdict: Any = "keep") -> list[Decision]:
    """One at each of these seconds after noon."""
    moments = [(NOON + timedelta(seconds=s)).isoformat() for s in after_s]
    return [
        Decision(n, f"e{n}", "ada", verdict, decided_at=at, batch=batch)
        for n, at in enumerate(moments, start=1)
    ]


def pace_of(made: Sequence[Decision]) -> Pace:
    return Pace.of((d.batch or d.seq, datetime.fromisoformat(d.decided_at)) for d in made)


def test_a_pace_is_told_with_what_is_left() -> None:
    pace = pace_of(decisions(*range(0, 1212, 12)))
    assert (pace.steps, pace.an_hour) == (100, 300)
    assert pace.says(1000) == "300 an hour in 20 min, pauses left out; 1,000 left: about 3 h 20 min"
    assert pace.says(30_000).endswith("about 100 h")
    assert pace.says(0) == "300 an hour in 20 min, pauses left out"


def test_pauses_have_no_pace_and_what_is_decided_at_once_is_one_step() -> None:
    one_by_one = decisions(*range(0, 240, 20), *range(7200, 7440, 20))
    pace = pace_of([*one_by_one, *decisions(*[7440] * 500, batch="b", verdict="drop")])
    assert (pace.steps, pace.an_hour) == (23, 180)


def test_what_another_machine_wrote_later_is_counted_by_its_time() -> None:
    late, early = decisions(100, 120, 140), decisions(0, 20, 40)
    pace = pace_of([*late, *(replace(d, seq=d.seq + 3) for d in early)])
    assert (pace.steps, pace.busy) == (5, timedelta(seconds=140))


def test_a_few_are_no_pace() -> None:
    assert pace_of(decisions(*range(0, 120, 20))).says(50) == ""


def test_only_what_is_new_counts() -> None:
    history = History("ada", decisions(*range(0, 120, 20)))
    assert [d.seq for d in history.since(NOON + timedelta(seconds=60))] == [4, 5, 6]


def test_a_tally_counts_examples_and_the_pace_of_what_stands(tmp_path: Path) -> None:
    """Yesterday's, undone ones and those of others have no part in the pace; a skip takes its time."""
    ada = decisions(-90, 0, 20, 40, 60)
    said = [
        *ada[:4],
        replace(ada[4], verdict="skip"),
        replace(ada[4], seq=6, example_id="e2", annotator="bob"),
        replace(ada[2], seq=7, undoes=3, decided_at=ada[4].decided_at),
        replace(ada[1], seq=8, decided_at=(NOON + timedelta(seconds=300)).isoformat(), batch="b"),
        replace(ada[3], seq=9, decided_at=(NOON + timedelta(seconds=300)).isoformat(), batch="b"),
    ]
    with Journal.open(tmp_path / "decisions.db") as journal:
        assert Tally.read(journal, "ada", NOON) == Tally({}, Pace.of(()))
        journal.import_jsonl(to_json(plain(decision)).encode() for decision in said)
        tally = Tally.read(journal, "ada", NOON)
    assert tally.decided == {"ada": 3, "bob": 1}
    assert (tally.pace.steps, tally.pace.busy) == (3, timedelta(seconds=300))


def test_the_end_says_what_was_decided(desk: Any, capsys: Any) -> None:
    with desk.bench() as bench:
        began = datetime.now(UTC) - timedelta(seconds=1)
        bench.review.decide("skip")
        _say_how_much(bench.review, began)
        assert capsys.readouterr().err == ""
        bench.review.decide("keep")
        _say_how_much(bench.review, began)
        assert capsys.readouterr().err == "1 decided\n"


def test_the_overview_tells_the_pace_of_today(desk: Any) -> None:
    now = datetime.now(UTC)
    moments = [(now - timedelta(seconds=s)).isoformat() for s in range(200, 0, -20)]
    said = [
        Decision(n, example.example_id, "ada", "keep", decided_at=at)
        for n, (example, at) in enumerate(
            zip(desk.examples[:11], [*moments, now.isoformat()], strict=True), start=1
        )
    ]
    with Journal.open(desk.journal) as journal:
        journal.import_jsonl(to_json(plain(decision)).encode() for decision in said)
    with desk.bench() as bench:
        known = Known.read(bench.workspace, bench.review)
        page = dict(Overview(bench.review, bench.dataset.manifest, known, []).sections)
    if now.astimezone().hour or now.astimezone().minute > 3:  # else they are of yesterday
        assert page["You"][-1] == "today 180 an hour in 3 min, pauses left out; 1 left: about 1 min"
