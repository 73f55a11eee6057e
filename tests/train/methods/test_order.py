"""The order in which examples go through, epoch by epoch."""

import random

from train.fitting.recorded import EpochSampler

LENGTHS = random.Random(4).choices(range(10, 200), k=203)


def padding(order: list[int], together: int) -> int:
    groups = [[LENGTHS[i] for i in order[at : at + together]] for at in range(0, len(order), together)]
    return sum(len(group) * max(group) - sum(group) for group in groups)


def test_examples_of_about_one_length_go_together() -> None:
    grouped = EpochSampler(len(LENGTHS), 2, 17, LENGTHS, together=4)
    order = list(grouped)
    assert sorted(order[:-2]) == list(range(len(LENGTHS)))
    assert order[-2:] == [len(LENGTHS), len(LENGTHS) + 1]
    shuffled = list(EpochSampler(len(LENGTHS), 0, 17))
    assert padding(order[:-2], 4) < 0.25 * padding(shuffled, 4)


def test_an_epoch_has_an_order_of_its_own_and_has_it_again() -> None:
    sampler = EpochSampler(len(LENGTHS), 0, 17, LENGTHS, together=4)
    first = list(sampler)
    assert list(sampler) == first
    sampler.set_epoch(1)
    assert list(sampler) != first
    assert list(EpochSampler(len(LENGTHS), 0, 18, LENGTHS, together=4)) != first
