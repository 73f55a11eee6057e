"""Steps, evaluations and early stopping: arithmetic that must hold whatever the recipe says."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.training import Batch, EarlyStopping, Train
from train.fitting.compute import choose
from train.fitting.schedule import plan
from train.record.stopping import Evaluation, best, out_of_patience

COMPUTE = replace(choose(Train(model="m")), tokens_at_once=4096)


@given(
    sequences=st.integers(1, 500),
    per_sequence=st.integers(1, 30),
    effective=st.integers(1, 128),
    per_device=st.integers(1, 64) | st.just("auto"),
    longest=st.integers(8, 4096),
    epochs=st.floats(0.1, 5),
    evals=st.integers(1, 20),
    checkpoints=st.integers(1, 6),
    packed=st.booleans(),
    flash=st.booleans(),
)
def test_plan(
    sequences: int,
    per_sequence: int,
    effective: int,
    per_device: int,
    longest: int,
    epochs: float,
    evals: int,
    checkpoints: int,
    packed: bool,
    flash: bool,
) -> None:
    compute = replace(COMPUTE, attention="flash_attention_2" if flash else "sdpa")
    train = Train(
        model="m",
        epochs=epochs,
        batch=Batch(effective=effective, per_device=per_device),
        evals_per_epoch=evals,
        checkpoints=checkpoints,
    )
    schedule = plan(
        train,
        examples=sequences * per_sequence,
        sequences=sequences,
        longest=longest,
        packed=packed,
        compute=compute,
    )
    step = schedule.per_device * schedule.accumulation
    assert schedule.steps_per_epoch == math.ceil(
        math.ceil(sequences / schedule.per_device) / schedule.accumulation
    )
    assert schedule.total_steps >= 1
    assert {schedule.total_steps} <= schedule.epoch_ends & schedule.evaluations
    assert all(1 <= s <= schedule.total_steps for s in schedule.epoch_ends | schedule.evaluations)
    assert schedule.epoch_ends <= schedule.evaluations
    assert schedule.epoch_ends <= schedule.kept <= set(range(1, schedule.total_steps + 1))
    assert len(schedule.kept) >= min(checkpoints, schedule.total_steps)
    assert schedule.per_device * longest <= 4096 or schedule.per_device == 1 or per_device != "auto"
    assert schedule.per_device == 1 or flash or not packed
    if per_device == "auto":
        assert step == max(1, round(effective / per_sequence))


@pytest.mark.parametrize(
    ("epochs", "kept"), [(1, {10, 20, 40}), (2, {20, 40, 80}), (3, {40, 80, 120}), (0.5, {5, 10, 20})]
)
def test_kept_checkpoints_are_spread(epochs: float, kept: set[int]) -> None:
    train = Train(model="m", epochs=epochs, batch=Batch(effective=4))
    schedule = plan(train, examples=160, sequences=160, longest=64, packed=False, compute=COMPUTE)
    assert schedule.kept == kept


@pytest.mark.parametrize(
    ("losses", "patience", "min_delta", "stops"),
    [
        ([], 1, 0.0, False),
        ([3.0], 1, 0.0, False),
        ([3.0, 3.0], 1, 0.0, True),
        ([3.0, 2.9, 3.1], 2, 0.0, False),
        ([3.0, 2.9, 3.1, 2.95], 2, 0.0, True),
        ([3.0, 2.9, 3.1, 2.8], 2, 0.0, False),
        ([3.0, 2.99, 2.98, 2.97], 3, 0.1, True),
        ([3.0, 2.99, 2.89], 3, 0.1, False),
    ],
)
def test_patience(losses: list[float], patience: int, min_delta: float, stops: bool) -> None:
    evaluations = [Evaluation(step, loss) for step, loss in enumerate(losses)]
    rule = EarlyStopping(patience=patience, min_delta=min_delta)
    assert out_of_patience(evaluations, rule) is stops
    assert not out_of_patience(evaluations, None)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=20))
def test_best_is_the_first_of_the_lowest(losses: list[float]) -> None:
    found = best([Evaluation(step, loss) for step, loss in enumerate(losses)])
    assert found == Evaluation(losses.index(min(losses)), min(losses))
