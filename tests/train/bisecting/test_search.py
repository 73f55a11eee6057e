"""The search as what it is: a function of what arms show. An oracle stands for the training."""

import math
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from train.bisecting.search import NOTHING, Found, Groups, Outcome, Question, search

Oracle = Callable[[Groups], float]  # what remains of the regression, of 1, with these groups put back
UNTIL = 0.05


def run(groups: int, remains: Oracle, margin: float = 0.0) -> tuple[Found, list[Question]]:
    """The result, and the arms that had to be trained, B and A's data not among them."""
    every = frozenset(range(groups))
    known: dict[Groups, float] = {NOTHING: remains(NOTHING), every: remains(every)}
    trained: list[Question] = []
    asking = search(range(groups))
    try:
        question = next(asking)
        while True:
            if question.back not in known:
                known[question.back] = remains(question.back)
                trained.append(question)
            assert question.against in known, "held against an arm that was never tried"
            assert frozenset(question.among) <= every
            question = asking.send(_outcome(known[question.back], known[question.against], margin))
    except StopIteration as end:
        return end.value, trained


def _outcome(remains: float, against: float, margin: float) -> Outcome:
    if remains <= UNTIL + margin:
        return "repaired"
    return "partly" if against - remains > margin else "none"


def additive(weights: dict[int, float]) -> Oracle:
    total = sum(weights.values())
    return lambda back: sum(w for g, w in weights.items() if g not in back) / total


def all_needed(guilty: Groups) -> Oracle:
    """Any one of them does all the harm."""
    return lambda back: 0.0 if guilty <= back else 1.0


@given(st.integers(1, 40), st.data())
def test_one_guilty_group_is_found_in_few_arms(groups: int, data: st.DataObject) -> None:
    guilty = data.draw(st.integers(0, groups - 1))
    found, trained = run(groups, additive({guilty: 1.0}))
    assert found == Found(frozenset({guilty}), proved=True)
    assert len(trained) + 2 <= math.ceil(math.log2(groups)) + 3 <= 2 * math.log2(groups) + 3 + 1e-9


@given(st.integers(2, 24), st.data())
def test_guilty_groups_that_add_up_are_found_and_no_other(groups: int, data: st.DataObject) -> None:
    guilty = data.draw(st.sets(st.integers(0, groups - 1), min_size=2, max_size=min(4, groups)))
    weights = {g: data.draw(st.floats(0.5, 1.0)) for g in sorted(guilty)}
    found, trained = run(groups, additive(weights))
    assert found == Found(frozenset(guilty), proved=True)
    assert len(trained) <= 4 * len(guilty) * (math.log2(groups) + 1)


@given(st.integers(2, 16), st.data())
def test_groups_that_hide_each_other_are_found(groups: int, data: st.DataObject) -> None:
    guilty = data.draw(st.sets(st.integers(0, groups - 1), min_size=1, max_size=min(4, groups)))
    found, _ = run(groups, all_needed(frozenset(guilty)))
    assert found == Found(frozenset(guilty), proved=True)


@given(st.integers(2, 16), st.data())
def test_what_is_found_repairs_and_can_spare_none_whatever_the_groups_do_together(
    groups: int, data: st.DataObject
) -> None:
    """Any way of doing harm in which putting back more never harms: any of these sets repairs."""
    sets = data.draw(
        st.lists(st.frozensets(st.integers(0, groups - 1), min_size=1, max_size=4), min_size=1, max_size=4)
    )
    remains: Oracle = lambda back: 0.0 if any(one <= back for one in sets) else 1.0  # noqa: E731
    found, trained = run(groups, remains)
    assert found.proved
    assert remains(found.groups) == 0
    assert all(remains(found.groups - {g}) == 1 for g in found.groups)
    assert len({question.back for question in trained}) == len(trained)


@settings(max_examples=60)
@given(st.integers(2, 16), st.data())
def test_noise_below_the_margin_changes_nothing(groups: int, data: st.DataObject) -> None:
    guilty = data.draw(st.integers(0, groups - 1))
    clean = additive({guilty: 1.0})
    noise: dict[Groups, float] = {}

    def noisy(back: Groups) -> float:
        noise.setdefault(back, data.draw(st.floats(-0.1, 0.1)))
        return clean(back) + noise[back]

    found, _ = run(groups, noisy, margin=0.2)
    assert found == Found(frozenset({guilty}), proved=True)


def test_the_most_suspect_half_is_tried_first() -> None:
    _, trained = run(8, additive({0: 1.0}))
    assert [sorted(question.back) for question in trained] == [[0, 1, 2, 3], [0, 1], [0]]
