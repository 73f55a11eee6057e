"""The review queue: worst first by each signal, only from snapshots, ties by id."""

from collections.abc import Callable

import pytest

from schemas.errors import RunError, UsageError
from train.queue import review_queue
from train.store import Run

WriteRun = Callable[..., Run]

# (example, split, kind, model, step, loss)
LOSSES = [
    ("a", "train", "snapshot", "base", 0, 4.0),
    ("b", "train", "snapshot", "base", 0, 3.0),
    ("c", "test", "snapshot", "base", 0, 2.0),
    ("a", "train", "seen", "adapter", 1, 9.0),
    ("b", "train", "seen", "adapter", 2, 9.5),
    ("a", "train", "snapshot", "adapter", 5, 1.0),
    ("b", "train", "snapshot", "adapter", 5, 2.5),
    ("c", "test", "snapshot", "adapter", 5, 2.25),
    ("a", "train", "snapshot", "adapter", 10, 1.5),
    ("b", "train", "snapshot", "adapter", 10, 2.0),
    ("c", "test", "snapshot", "adapter", 10, 2.5),
]


@pytest.fixture
def run(write_run: WriteRun) -> Run:
    return write_run("r1", losses=LOSSES)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("loss", [("c", 2.5), ("b", 2.0), ("a", 1.5)]),
        ("gain", [("c", -0.5), ("b", 1.0), ("a", 2.5)]),
        ("rise", [("a", 0.5), ("c", 0.25), ("b", 0.0)]),
    ],
)
def test_worst_first_with_the_signal(run: Run, by: str, expected: list[tuple[str, float]]) -> None:
    items = review_queue(run, by=by)
    assert [(i.example_id, i.signal) for i in items] == expected
    assert {(i.by, i.step) for i in items} == {(by, 10)}


def test_order_of_rows_on_disk_does_not_matter(write_run: WriteRun, run: Run) -> None:
    turned = write_run("r2", losses=LOSSES[::-1])
    for by in ("loss", "gain", "rise"):
        assert review_queue(turned, by=by) == review_queue(run, by=by)


def test_split_and_top(run: Run) -> None:
    assert [i.example_id for i in review_queue(run, split="train")] == ["b", "a"]
    assert [i.example_id for i in review_queue(run, top=1)] == ["c"]


def test_equal_signals_go_by_id(write_run: WriteRun) -> None:
    run = write_run("r1", losses=[(name, "train", "snapshot", "adapter", 1, 1.0) for name in "cab"])
    for by in ("loss", "rise"):
        assert [i.example_id for i in review_queue(run, by=by)] == ["a", "b", "c"]


def test_an_example_without_a_base_snapshot_has_no_gain(write_run: WriteRun) -> None:
    run = write_run("r1", losses=[*LOSSES, ("d", "train", "snapshot", "adapter", 10, 8.0)])
    assert review_queue(run)[0].gain is None
    assert "d" not in [i.example_id for i in review_queue(run, by="gain")]


def test_a_snapshot_of_one_split_does_not_hide_the_others(write_run: WriteRun) -> None:
    run = write_run("r1", losses=[*LOSSES, ("c", "test", "snapshot", "adapter", 12, 0.5)])
    assert [(i.example_id, i.step) for i in review_queue(run)] == [("b", 10), ("a", 10), ("c", 12)]


@pytest.mark.parametrize(("model", "by"), [("base", "loss"), ("base", "rise"), ("adapter", "gain")])
def test_a_signal_without_its_snapshot_is_an_error(write_run: WriteRun, model: str, by: str) -> None:
    run = write_run("r1", losses=[row for row in LOSSES if row[3] == model and row[2] == "snapshot"])
    with pytest.raises(RunError, match="no snapshot of the") as caught:
        review_queue(run, by=by)
    assert "train.snapshots" in caught.value.mend


def test_unknown_signal_and_split_name_the_known_ones(run: Run) -> None:
    with pytest.raises(UsageError) as caught:
        review_queue(run, by="los")
    assert "loss, gain, rise" in caught.value.mend
    with pytest.raises(UsageError) as caught:
        review_queue(run, split="dev")
    assert "test, train" in caught.value.mend
