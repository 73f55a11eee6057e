"""The search for the smallest set of groups that explains a regression: a pure function of what arms show.

Delta debugging (Zeller & Hildebrandt 2002, Simplifying and Isolating Failure-Inducing Input): of the groups
that may be guilty one half is put back to A's state; where that repairs, it goes on within it. Where neither
half repairs alone, both hold some: then each is searched while what is needed of the other stays put back, in
the order of QuickXplain (Junker 2004), so that what is found repairs whenever more repairs no less.

Retraining is dear, so the first pass infers: where a half shows no effect at all, the cause is taken to lie
in the other one. What it finds is then put back alone, as proof; where that does not repair (two groups that
each suffice to do harm hide each other), a second pass infers nothing. Both end as ddmin does: of two groups
or more, each is left out once, and stays out where the rest repairs as well.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["repaired", "partly", "none"]
Groups = frozenset[int]
NOTHING: Groups = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """What does an arm with the groups `back` put back show, beside one with `against`? `repaired`: the
    regression is gone; `partly`: better than `against`, and not repaired; `none`: no better. `among`: groups
    that may be guilty yet. `why`: in words."""

    back: Groups
    against: Groups
    among: tuple[int, ...]
    why: Literal["half", "other half", "kept half", "alone", "without one"]


@dataclass(frozen=True, slots=True)
class Found:
    """`proved`: the groups put back alone repair, and none of them can be left out."""

    groups: Groups
    proved: bool


Search = Generator[Question, Outcome, Found]
_Part = Generator[Question, Outcome, Groups]


def search(suspected: Sequence[int]) -> Search:
    """Most suspect group first. All put back must repair, and none put back must not."""
    every = tuple(suspected)
    found = yield from _explain(every, NOTHING, fresh=False, infer=True)
    proved = yield from _repairs(found, every)
    if not proved:
        found = yield from _explain(every, NOTHING, fresh=False, infer=False)
        proved = yield from _repairs(found, every)
    if proved:
        found = yield from _without_any(found, every)
    return Found(found, proved)


def _explain(among: tuple[int, ...], back: Groups, *, fresh: bool, infer: bool) -> _Part:
    """The groups of `among` that are needed beside `back`. `fresh`: `back` alone was not tried yet."""
    if fresh and (yield Question(back, NOTHING, among, "kept half")) == "repaired":
        return NOTHING
    if len(among) == 1:
        return frozenset(among)
    middle = (len(among) + 1) // 2
    first, second = among[:middle], among[middle:]
    one = yield Question(back | frozenset(first), back, among, "half")
    if one == "repaired":
        return (yield from _explain(first, back, fresh=False, infer=infer))
    if one == "none" and infer:
        return (yield from _explain(second, back, fresh=False, infer=True))
    other = yield Question(back | frozenset(second), back, among, "other half")
    if other == "repaired":
        return (yield from _explain(second, back, fresh=False, infer=infer))
    of_first = yield from _explain(first, back | frozenset(second), fresh=False, infer=infer)
    of_second = yield from _explain(second, back | of_first, fresh=bool(of_first), infer=infer)
    return of_first | of_second


def _repairs(found: Groups, among: tuple[int, ...]) -> Generator[Question, Outcome, bool]:
    if found == frozenset(among):
        return True
    return (yield Question(found, NOTHING, tuple(g for g in among if g in found), "alone")) == "repaired"


def _without_any(found: Groups, among: tuple[int, ...]) -> _Part:
    """What is left when each in turn, the least suspect first, is left out where it is not needed."""
    for group in reversed(among):
        if group not in found or len(found) == 1:
            continue
        rest = found - {group}
        question = Question(rest, NOTHING, tuple(g for g in among if g in found), "without one")
        if (yield question) == "repaired":
            found = rest
    return found
