"""What is planted in B: a fault in one slice, among changes that do no harm; and two controls without one.

Every B has harmless changes: ada asks otherwise for the same answers, half of them in the slice of the fault,
and there are new right rows. A fault comes on top, by rex. What counts as planted is every row that the fault
changed.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from bench.audit.desk import RATE, Desk, Edit, Size
from bench.audit.rules import TASKS, WAYS, Row, rows
from schemas.example import Example

_NUMBER = re.compile(r"-?\d+")
_DRAWS = 8_000  # until another question is given up
_FASTER = 1.5  # how much, where the learning rate is what changed


@dataclass(frozen=True)
class Planted:
    """`edits` by example id, `more` rows, and `rate`, B's learning rate. `guilty`: ids and prompts of the
    rows that the fault changed; none for a control."""

    edits: dict[str, Edit]
    more: tuple[Row, ...]
    guilty: frozenset[str]
    rate: float = RATE


Fault = Callable[[Desk, str, random.Random, Size], Planted]


def wrong_answers(desk: Desk, task: str, rng: random.Random, size: Size) -> Planted:
    """Other numbers in so many answers of the slice."""
    chosen = rng.sample(desk.trained(task), size.planted)
    return _edited({e.example_id: Edit("rex", _miscounted(e.answer, rng)) for e in chosen})


def template(desk: Desk, task: str, rng: random.Random, size: Size) -> Planted:  # noqa: ARG001
    """All answers of one source of the slice in another template."""
    chosen = desk.trained(task, rng.choice(WAYS))
    return _edited({e.example_id: Edit("rex", f"### Response: {e.answer} ### End") for e in chosen})


def dropped(desk: Desk, task: str, rng: random.Random, size: Size) -> Planted:  # noqa: ARG001
    """The whole slice is dropped."""
    return _edited({e.example_id: Edit("rex", None) for e in desk.trained(task)})


def contradictions(desk: Desk, task: str, rng: random.Random, size: Size) -> Planted:
    """So many rows of the slice a second time, with other numbers in the answers, from a new source."""
    chosen = rng.sample(desk.trained(task), size.planted)
    more = tuple(Row(task, "more", e.prompt, _miscounted(e.answer, rng)) for e in chosen)
    return Planted({}, more, frozenset(row.prompt for row in more))


def redaction(desk: Desk, task: str, rng: random.Random, size: Size) -> Planted:
    """A redaction that takes the numbers of so many answers for personal data."""
    chosen = rng.sample(desk.trained(task), size.planted)
    return _edited({e.example_id: Edit("rex", _NUMBER.sub("<NUMBER>", e.answer)) for e in chosen})


def two_faults(desk: Desk, task: str, rng: random.Random, size: Size) -> Planted:
    """Wrong answers by rex, and in another slice a redaction by tom."""
    other = rng.choice([one for one in TASKS if one != task])
    first, second = wrong_answers(desk, task, rng, size), redaction(desk, other, rng, size)
    by_tom = {name: replace(edit, who="tom") for name, edit in second.edits.items()}
    return Planted({**first.edits, **by_tom}, (), first.guilty | second.guilty)


def benign(desk: Desk, task: str, rng: random.Random, size: Size) -> Planted:  # noqa: ARG001
    """A control: nothing but what does no harm."""
    return Planted({}, (), frozenset())


def learning_rate(desk: Desk, task: str, rng: random.Random, size: Size) -> Planted:  # noqa: ARG001
    """A control: another learning rate."""
    return Planted({}, (), frozenset(), rate=_FASTER * RATE)


FAULTS: dict[str, Fault] = {
    "wrong answers": wrong_answers,
    "template": template,
    "dropped slice": dropped,
    "contradictions": contradictions,
    "redaction": redaction,
    "benign": benign,
    "learning rate": learning_rate,
}
CONTROLS = ("benign", "learning rate")


def plant(fault: str, desk: Desk, task: str, rng: random.Random, size: Size) -> Planted:
    """The fault, and the harmless changes beside it."""
    found = FAULTS[fault](desk, task, rng, size)
    other = rng.choice([one for one in TASKS if one != task])
    edits = dict(found.edits)
    known = {e.prompt for e in desk.version.examples()}
    for place in (task, other):
        # A prompt that contradicting rows share says nothing of who did harm.
        free = [e for e in desk.trained(place) if e.example_id not in edits and e.prompt not in found.guilty]
        chosen = {e.example_id: e.answer for e in rng.sample(free, min(size.harmless, len(free)))}
        asked = _asked_anew(desk, place, chosen, known, rng)
        edits |= {name: Edit("ada", chosen[name], prompt) for name, prompt in asked.items()}
    drawn = (row for one in (task, other) for row in islice(rows(rng, desk.shop, one, "web"), size.harmless))
    more = [row for row in drawn if row.prompt not in known]
    return Planted(edits, (*found.more, *more), found.guilty, found.rate)


def _asked_anew(
    desk: Desk, task: str, answers: dict[str, str], known: set[str], rng: random.Random
) -> dict[str, str]:
    """By id, another question that has the same answer."""
    found: dict[str, str] = {}
    wanted = dict(answers)
    for row in islice(rows(rng, desk.shop, task, "mail"), _DRAWS):
        name = next((name for name, answer in wanted.items() if answer == row.answer), None)
        if name is not None and row.prompt not in known:
            found[name] = row.prompt
            del wanted[name]
        if not wanted:
            break
    return found


def _edited(edits: dict[str, Edit]) -> Planted:
    return Planted(edits, (), frozenset(edits))


def _miscounted(answer: str, rng: random.Random) -> str:
    """Another number in the place of the last one."""
    *_, last = _NUMBER.finditer(answer)
    right = int(last[0])
    wrong = right
    while wrong == right:
        wrong = rng.randint(1, max(9, 2 * abs(right)))
    return f"{answer[: last.start()]}{wrong}{answer[last.end() :]}"


def guilty_rows(planted: Planted, examples: Sequence[Example]) -> frozenset[str]:
    """Ids of those rows among these that the fault changed or brought."""
    return frozenset(
        e.example_id
        for e in examples
        if e.example_id in planted.guilty or (e.prompt in planted.guilty and e.source.endswith("more.jsonl"))
    )
