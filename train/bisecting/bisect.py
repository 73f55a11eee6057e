"""The bisect of two runs: the change set grouped, arms trained as the search asks for them, the result told.

groups by the audit → B and A's data, seed by seed → what got worse → is it real, is it the data → the search
"""

import math
from collections.abc import Sequence
from pathlib import Path

from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.errors import UsageError
from schemas.visible import visible_line
from train.auditing.audit import Audit, audit, version_of
from train.auditing.comparable import DATA
from train.auditing.noise import noise
from train.bisecting import record
from train.bisecting.arms import Arms
from train.bisecting.groups import BY, By, groups
from train.bisecting.judging import Judge
from train.bisecting.record import Arm, Bisect, GroupRecord, Span, TargetRecord, Verdict, span_of
from train.bisecting.runs import Budget, OutOfBudget, Runs, Words
from train.bisecting.search import NOTHING, Found, Groups, Outcome, Question, search
from train.bisecting.showing import Quiet, Shown
from train.bisecting.target import loss, target
from train.bisecting.training import Training, store_of
from train.session import need_packages
from train.store import Run, open_run

SEEDS = 3
UNTIL = 0.05


class _Unclear(Exception):
    """The noise is too wide to tell what an arm shows."""


def bisect(
    run_a: Run | str,
    run_b: Run | str,
    *,
    until: float = UNTIL,
    seeds: int = SEEDS,
    by: Sequence[By] = BY,
    on: str | None = None,
    max_runs: int | None = None,
    minutes: float | None = None,
    recipe: Path | str = "recipe.yaml",
    shown: Shown | None = None,
) -> Bisect:
    """Isolates the changes between the data of two runs that made B worse. Names are of runs of the recipe's
    workspace. `seeds`: how many, at least three; `on`: a split or slice of the audit, by name.

    Runs that stand are used; what is trained is kept, so that the same call goes on where it was stopped.
    Raises as `train.audit` does; UsageError where there is nothing held out to compare by; Interrupted.
    """
    if seeds < SEEDS:
        raise UsageError(f"{seeds} seeds cannot tell a change from noise", f"give {SEEDS} seeds or more")
    need_packages()
    workspace = Workspace.open(Path(recipe))
    a, b = (one if isinstance(one, Run) else open_run(workspace, one) for one in (run_a, run_b))
    seen = audit(a, b, recipe=recipe)
    begun = _begun(seen, until, by, on)
    if target(seen.common, seen.noise, on) is None:
        return _ended(begun, "no regression", b)
    if not begun.groups:
        return _ended(begun, "no change", b)
    shown = shown or Quiet()
    runs = Runs(Training(workspace, b), Budget(max_runs, minutes), shown)
    arms = Arms(version_of(a), version_of(b), seen.data, store_of(workspace).datasets)
    return _Bisecting(begun, seen, arms, runs, shown).run(seeds)


def _begun(seen: Audit, until: float, by: Sequence[By], on: str | None) -> Bisect:
    """The same groups in the same order, about the same examples, as an earlier bisect of the two that was
    asked the same: what an audit says changes with every rerun that it finds."""
    listed = tuple(
        GroupRecord(name=g.name, rows=g.rows, kinds=dict(g.kinds), suspicion=g.suspicion)
        for g in groups(seen.data, seen.suspects, by)
    )
    differing = tuple(one.name for one in seen.settings if one.name != DATA and one.confounds)
    begun = Bisect(
        a=seen.a.id, b=seen.b.id, until=until, by=tuple(by), on=on, groups=listed, settings=differing
    )
    earlier = record.read(seen.a, seen.b)
    alike = earlier is not None and (earlier.by, earlier.on) == (begun.by, on)
    if earlier is None or not alike or {g.rows for g in earlier.groups} != {g.rows for g in listed}:
        return begun
    return begun.model_copy(update={"groups": earlier.groups, "target": earlier.target})


def _ended(begun: Bisect, verdict: Verdict, b: Run) -> Bisect:
    ended = begun.model_copy(update={"verdict": verdict})
    record.write(ended, b)
    return ended


class _Bisecting:
    """One bisect under way. `_arms`: in the order in which they were tried."""

    def __init__(self, begun: Bisect, seen: Audit, arms: Arms, runs: Runs, shown: Shown) -> None:
        self._result, self._seen, self._mixer, self._runs, self._shown = begun, seen, arms, runs, shown
        self._groups = begun.groups
        self._every = frozenset(range(len(begun.groups)))
        self._judge = Judge(self._every, begun.until)
        self._seeds: list[int] = []
        self._most_seeds = 0
        self._arms: dict[Groups, Arm] = {}
        self._trained: dict[Groups, list[Run]] = {}

    def run(self, seeds: int) -> Bisect:
        self._told("unfinished")
        try:
            self._choose_seeds(seeds)
            return self._search()
        except OutOfBudget:
            return self._told("unfinished")
        except _Unclear:
            return self._told("unclear")

    def _search(self) -> Bisect:
        for back in (NOTHING, self._every):
            self._train(back)
        self._result = self._result.model_copy(update={"target": self._target()})
        for back in (NOTHING, self._every):
            self._measure(back)
        self._shown.say(
            f"B less A's data: {self._judge.regression.value:+.4f} nats a token ± {self._judge.margin:.4f} "
            f"by {len(self._seeds)} seeds; one loss varies by {self._judge.noise:.4f}"
        )
        if not self._judge.regressed:
            return self._told("not the data" if self._result.settings else "no regression")
        asking = search(range(len(self._groups)))
        try:
            question = next(asking)
            while True:
                question = asking.send(self._answer(question))
        except StopIteration as end:
            found: Found = end.value
        guilty = tuple(sorted(found.groups))
        share = span_of(self._judge.explained(found.groups))
        return self._told("explained" if found.proved else "not proved", guilty=guilty, explained=share)

    def _target(self) -> TargetRecord:
        """Chosen when A's data have their seeds, so that the audit knows the noise."""
        seen = self._seen
        heard = noise(seen.a, seen.b, seen.common)
        chosen = self._result.target or target(seen.common, heard, self._result.on)
        if chosen is None:
            raise AssertionError("what rose by other examples does so whatever the seeds say")
        return chosen

    def _answer(self, question: Question) -> Outcome:
        back = question.back
        if back == self._every:
            return "repaired"
        new = back not in self._arms
        self._train(back, question)
        self._measure(back)
        while not self._judge.clear(back):
            self._another_seed()
        outcome = self._judge.outcome(back, question.against)
        if new:
            asked = {"outcome": outcome, "among": question.among, "why": question.why}
            self._arms[back] = self._arms[back].model_copy(update=asked)
            self._shown.say(f"  {outcome}: {self._judge.remains(back).value:+.4f} of it remains")
            self._told("unfinished")
        return outcome

    def _another_seed(self) -> None:
        """For all arms so far, as long as there are not twice as many as were asked for."""
        if len(self._seeds) >= self._most_seeds:
            raise _Unclear
        self._seeds.append(self._unused_seed())
        self._shown.say(f"too noisy to tell by {len(self._seeds) - 1} seeds: seed {self._seeds[-1]} too")
        for back in list(self._arms):
            self._train(back)
        for back in list(self._arms):
            self._measure(back)

    def _train(self, back: Groups, question: Question | None = None) -> None:
        """Makes sure that the arm has a run for each seed."""
        version = self._version(back)
        done = len(self._arms) - (back in self._arms)
        # B, A's data, then a halving each; the proof is mostly the last of them.
        ahead = _halvings(len(question.among if question else self._groups)) + (back == NOTHING)
        for seed in self._seeds[len(self._trained.get(back, ())) :]:
            words = Words(
                f"arm {done + 1} of about {done + 1 + ahead}, seed {seed}: {self._named(back)}",
                (ahead + 1) * len(self._seeds) - self._seeds.index(seed) - 1,
            )
            # B's and A's data are reruns that an audit learns the noise from: of all splits.
            run = self._runs.of(version, seed, words, whole=back in (NOTHING, self._every))
            self._trained.setdefault(back, []).append(run)
        known = self._arms.get(back) or Arm(
            back=tuple(sorted(back)), dataset_version=version.version, runs=(), losses=()
        )
        runs = tuple(run.id for run in self._trained[back])
        self._arms[back] = known.model_copy(update={"runs": runs})

    def _measure(self, back: Groups) -> None:
        about = self._result.target
        if about is None:
            raise AssertionError("no arm is measured before it is known by what")
        losses = tuple(loss(about, run) for run in self._trained[back])
        self._judge.losses[back] = losses
        self._arms[back] = self._arms[back].model_copy(update={"losses": losses})

    def _version(self, back: Groups) -> DatasetVersion:
        return self._mixer.version([row for at in sorted(back) for row in self._groups[at].rows])

    def _choose_seeds(self, count: int) -> None:
        """Those of which most runs of both stand, B's own first; then those after B's."""
        standing = self._runs.seeds(self._version(NOTHING), self._version(self._every))
        self._seeds, self._most_seeds = standing[:count], 2 * count
        while len(self._seeds) < count:
            self._seeds.append(self._unused_seed())

    def _unused_seed(self) -> int:
        seed = self._seen.b.info.seed
        while seed in self._seeds:
            seed += 1
        return seed

    def _named(self, back: Groups) -> str:
        if not back:
            return "B's data"
        if back == self._every:
            return "A's data"
        names = [visible_line(self._groups[at].name) for at in sorted(back)]
        return f"put back {', '.join(names[:3])}{f' and {len(names) - 3} more' if names[3:] else ''}"

    def _told(self, verdict: Verdict, guilty: Sequence[int] = (), explained: Span | None = None) -> Bisect:
        """The result as it stands, written."""
        judge = self._judge
        known = len(judge.losses) > 1
        arms = [
            arm.model_copy(
                update={"remains": span_of(judge.remains(g)) if g in judge.losses and known else None}
            )
            for g, arm in self._arms.items()
        ]
        self._result = self._result.model_copy(
            update={
                "verdict": verdict,
                "guilty": tuple(guilty),
                "explained": explained,
                "seeds": tuple(self._seeds),
                "arms": tuple(arms),
                "regression": span_of(judge.regression) if known else None,
                "noise": judge.noise if known else None,
                "margin": judge.margin if known else None,
                "trained": self._runs.trained,
                "reused": self._runs.reused,
            }
        )
        record.write(self._result, self._seen.b)
        return self._result


def _halvings(groups: int) -> int:
    return math.ceil(math.log2(max(1, groups)))
