"""One round of a bisect: about these examples, with these groups put back already, which others did the harm?

Each arm begins with as many seeds as were asked for. More are trained only where they decide something: for
both ends where the regression is not sure and twice the seeds would make it so, and for an arm that could be
either repaired or without effect, with both ends, one seed after the other.
"""

from collections.abc import Callable

from schemas.visible import visible_line
from train.bisecting.fleet import Fleet
from train.bisecting.judging import Judge
from train.bisecting.record import Arm, TargetRecord, span_of
from train.bisecting.search import Found, Groups, Outcome, Question, search
from train.bisecting.showing import Shown
from train.bisecting.target import loss

ENDS_MORE = 2  # times the seeds, where the regression itself is not sure
ARMS_MORE = 4  # times the seeds, where an arm is not


class Unclear(Exception):
    """The noise is too wide to tell what an arm shows."""


class Round:
    """`about`: the examples, `rest`: other held-out ones. `start`: what is put back from the outset. `told`
    is called after every arm."""

    def __init__(
        self,
        fleet: Fleet,
        about: TargetRecord,
        rest: TargetRecord | None,
        start: Groups,
        until: float,
        shown: Shown,
        told: Callable[[], object],
    ) -> None:
        self.about, self.start = about, start
        self.judge = Judge(fleet.every, until, start=start)
        self._rest, self._fleet, self._shown, self._told = rest, fleet, shown, told
        self._asked: dict[Groups, tuple[Question, Outcome]] = {}

    def regressed(self) -> bool:
        """Whether the examples got worse, by seeds. Trains what is missing of both ends."""
        self._told()
        self._ends(self._fleet.count)
        self.judge.choose()
        used, more = self.about.chosen_by, ENDS_MORE * self._fleet.count
        if used:
            self._shown.say(
                f"{visible_line(self.about.name)}: the worst by {used} seeds; others are to show it"
            )
            self._ends(max(more, ENDS_MORE * used))
        elif not self.judge.regressed and self.judge.would_regress(more):
            self._shown.say(f"not sure by {self._fleet.count} seeds: {more} of both")
            self._ends(more)
            self.judge.choose()
        self._shown.say(
            f"difference on {visible_line(self.about.name)}: {self.judge.regression.value:+.4f} nats a token "
            f"± {self.judge.margin:.4f} by {len(self.judge.losses[self.start])} seeds; one loss varies by "
            f"{self.judge.noise:.4f}"
        )
        return self.judge.confirmed(used) if used else self.judge.regressed

    def search(self) -> Found:
        """Of the groups that are not put back yet, those that did it. Raises Unclear."""
        asking = search([g for g in sorted(self._fleet.every) if g not in self.start])
        try:
            question = next(asking)
            while True:
                question = asking.send(self._answer(question))
        except StopIteration as end:
            found: Found = end.value
        return found

    def arms(self, number: int) -> list[Arm]:
        """As they are kept: both ends, then in the order in which they were tried."""
        return [self._arm(back, number) for back in self.judge.losses]

    def _answer(self, question: Question) -> Outcome:
        back, against = question.back | self.start, question.against | self.start
        if back == self._fleet.every:
            return "repaired"
        new = back not in self._asked
        self._measure(back, self._fleet.count, question)
        seeds = len(self.judge.losses[back])
        while not self.judge.clear(back):
            seeds += 1
            if seeds > ARMS_MORE * self._fleet.count:
                raise Unclear
            self._shown.say(f"  too noisy to tell by {seeds - 1} seeds: seed {seeds} too")
            self._ends(seeds)
            self._measure(back, seeds, question)
        outcome = self.judge.outcome(back, against)
        if new:
            self._asked[back] = question, outcome
            self._shown.say(f"  {outcome}: {self.judge.remains(back).value:+.4f} of it remains")
            self._told()
        return outcome

    def _ends(self, seeds: int) -> None:
        for back in (self.start, self._fleet.every):
            self._measure(back, seeds)

    def _measure(self, back: Groups, seeds: int, question: Question | None = None) -> None:
        """Of all seeds that it has by now."""
        self._fleet.runs(back, seeds, question)
        runs = self._fleet.standing(back)
        self.judge.losses[back] = tuple(loss(self.about, run) for run in runs)
        if self._rest is not None:
            self.judge.rest[back] = tuple(loss(self._rest, run) for run in runs)

    def _arm(self, back: Groups, number: int) -> Arm:
        question, outcome = self._asked.get(back, (None, None))
        known = len(self.judge.losses) > 1 and back != self._fleet.every
        return Arm(
            back=tuple(sorted(back)),
            dataset_version=self._fleet.version(back).version,
            runs=tuple(run.id for run in self._fleet.standing(back)),
            losses=tuple(self.judge.losses[back]),
            rest=tuple(self.judge.rest.get(back, ())),
            among=question.among if question else (),
            why=question.why if question else "",
            outcome=outcome,
            remains=span_of(self.judge.remains(back)) if known else None,
            round=number,
        )
