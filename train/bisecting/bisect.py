"""The bisect of two runs: the change set grouped, arms trained as the search asks for them, the result told.

groups by the audit → B and A's data, seed by seed → what got worse → is it real, is it the data → the search
→ with what was found put back: is anything else worse yet? → the search again, among the other groups
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from curate.workspace import Workspace
from schemas.errors import UsageError
from train.auditing.audit import Audit, audit, version_of
from train.auditing.comparable import DATA
from train.bisecting import record
from train.bisecting.arms import Arms
from train.bisecting.fleet import Fleet
from train.bisecting.groups import BY, By, groups
from train.bisecting.record import Bisect, GroupRecord, RoundRecord, TargetRecord, Verdict, span_of
from train.bisecting.round import Round, Unclear
from train.bisecting.runs import Budget, OutOfBudget, Runs
from train.bisecting.search import NOTHING, Groups
from train.bisecting.showing import Quiet, Shown
from train.bisecting.target import held_out_nll, rest, target, worst
from train.bisecting.training import Training, store_of
from train.session import need_packages
from train.store import Run, open_two

SEEDS = 3
UNTIL = 0.05


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
    a, b = open_two(workspace, run_a, run_b, what="bisect")
    seen = audit(a, b, recipe=recipe)
    begun = _begun(seen, until, by, on)
    if target(seen.common, seen.noise, on) is None:
        return _ended(begun, "no regression", b)
    if not begun.groups:
        return _ended(begun, "no change", b)
    shown = shown or Quiet()
    runs = Runs(Training(workspace, b), Budget(max_runs, minutes), shown)
    arms = Arms(version_of(a), version_of(b), seen.data, store_of(workspace).datasets)
    return _Bisecting(begun, seen, arms, runs, shown, seeds).run()


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
    """One bisect under way: rounds, the first about what B made worse, each other one about what is worse yet
    with the groups put back that were found."""

    def __init__(self, begun: Bisect, seen: Audit, arms: Arms, runs: Runs, shown: Shown, seeds: int) -> None:
        self._result, self._seen, self._runs, self._shown = begun, seen, runs, shown
        self._fleet = Fleet(begun.groups, arms, runs, seen.b.info.seed, seeds)
        self._rounds: list[Round] = []
        self._found: list[RoundRecord] = []

    def run(self) -> Bisect:
        self._told("unfinished")
        try:
            return self._told(self._first())
        except OutOfBudget:
            return self._told("unfinished")

    def _first(self) -> Verdict:
        for back in (NOTHING, self._fleet.every):
            self._fleet.runs(back, self._fleet.count)
        about = self._result.target or self._about()
        if about is None:
            return "not the data" if self._result.settings else "no regression"
        self._result = self._result.model_copy(update={"target": about})
        current = self._begin(about, NOTHING)
        if not current.regressed():
            return "not the data" if self._result.settings else "no regression"
        verdict = self._searched(current)
        back = frozenset(self._found[-1].guilty)
        if verdict == "explained" and self._result.on is None:
            self._others(back)
        return verdict

    def _about(self) -> TargetRecord | None:
        """Chosen by all seeds, where none is asked for by name."""
        seen, on = self._seen, self._result.on
        return target(seen.common, seen.noise, on) if on is not None else self._worst(NOTHING, sure=False)

    def _worst(self, back: Groups, *, sure: bool) -> TargetRecord | None:
        """Of the seeds that every arm has, so that it is the same when the same command goes on."""
        count, common = self._fleet.count, self._seen.common
        of_a, of_b = (self._fleet.runs(of, count)[:count] for of in (self._fleet.every, back))
        return worst(common, held_out_nll(common, of_a), held_out_nll(common, of_b), sure=sure)

    def _others(self, back: Groups) -> None:
        """As long as something else is worse than by A's data for sure, and more groups are found."""
        while back != self._fleet.every and (about := self._worst(back, sure=True)) is not None:
            current = self._begin(about, back)
            if not current.regressed() or self._searched(current) != "explained":
                return
            back |= frozenset(self._found[-1].guilty)

    def _begin(self, about: TargetRecord, back: Groups) -> Round:
        told = partial(self._told, "unfinished")
        others = rest(self._seen.common, about)
        self._rounds.append(Round(self._fleet, about, others, back, self._result.until, self._shown, told))
        return self._rounds[-1]

    def _searched(self, current: Round) -> Verdict:
        try:
            found = current.search()
        except Unclear:
            verdict: Verdict = "unclear"
            guilty: Groups = NOTHING
        else:
            verdict = "explained" if found.proved else "not proved"
            guilty = found.groups
        judge = current.judge
        share = judge.explained(guilty | current.start) if guilty else None
        self._found.append(
            RoundRecord(
                target=current.about,
                start=tuple(sorted(current.start)),
                verdict=verdict,
                guilty=tuple(sorted(guilty)),
                regression=span_of(judge.regression),
                explained=span_of(share) if share else None,
            )
        )
        return verdict

    def _told(self, verdict: Verdict) -> Bisect:
        """The result as it stands, written."""
        rounds = [one for one in self._rounds if len(one.judge.losses) > 1]
        first = rounds[0].judge if rounds else None
        found = self._found
        proved = {
            g for at, one in enumerate(found) if not at or one.verdict == "explained" for g in one.guilty
        }
        self._result = self._result.model_copy(
            update={
                "verdict": verdict,
                "guilty": tuple(sorted(proved)),
                "explained": found[0].explained if found else None,
                "rounds": tuple(found),
                "seeds": tuple(self._fleet.seeds),
                "arms": tuple(arm for number, one in enumerate(rounds, 1) for arm in one.arms(number)),
                "regression": span_of(first.regression) if first else None,
                "noise": first.noise if first else None,
                "margin": first.margin if first else None,
                "levelled": first.levelled if first else False,
                "trained": self._runs.trained,
                "reused": self._runs.reused,
            }
        )
        record.write(self._result, self._seen.b)
        return self._result
