"""After the decisions: is the regression gone? B's data, settings and seeds, but for what was decided.

    .siftune/runs/<run>/            the repaired run, with B's seed, an ordinary one
    .siftune/bisects/runs/<run>/    what stands beside it: other seeds of it, of A's data and of B

It is held to what repairs an arm of a bisect (`train.bisecting.judging`), on the same held-out examples.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

import curate
from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.errors import GateError, UsageError
from train.auditing.audit import Audit, audit, version_of
from train.auditing.changes import spoken
from train.bisecting import record
from train.bisecting.arms import Arms
from train.bisecting.bisect import SEEDS, UNTIL
from train.bisecting.judging import Judge
from train.bisecting.record import Span, TargetRecord, span_of
from train.bisecting.runs import Budget, OutOfBudget, Runs, Words
from train.bisecting.search import NOTHING, Groups
from train.bisecting.showing import Quiet, Shown
from train.bisecting.target import loss, target
from train.bisecting.training import Training, store_of
from train.session import carry_out, job_of, need_packages
from train.store import Run, open_two

_A: Groups = frozenset({0})
_NEW: Groups = frozenset({1})
_NAMES = {NOTHING: "B's data", _A: "A's data", _NEW: "the repaired data"}
Verdict = Literal["gone", "partly", "not gone", "no regression"]


class Fixed(BaseModel):
    """`run` was trained on `dataset_version` with B's seed. Losses on the target by seed, nats per token.
    `regression`: B less A's data; `remains`: the repaired run less A's data, `explained`: the share gone."""

    model_config = ConfigDict(frozen=True)
    a: str
    b: str
    run: str
    dataset_version: str
    target: TargetRecord
    seeds: tuple[int, ...]
    losses_a: tuple[float, ...]
    losses_b: tuple[float, ...]
    losses: tuple[float, ...]
    regression: Span
    remains: Span
    gone: Span
    margin: float
    verdict: Verdict
    trained: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        from train.mending.words import verdict

        return {**self.model_dump(mode="json"), "said": verdict(self)}


def prove(
    run_a: Run | str,
    run_b: Run | str,
    *,
    recipe: Path | str = "recipe.yaml",
    seeds: int = SEEDS,
    until: float = UNTIL,
    minutes: float | None = None,
    shown: Shown | None = None,
) -> Fixed:
    """Builds the recipe, trains what is missing, and compares. Asked again, it repeats no run.

    Raises UsageError where nothing was decided that changes B's data, or nothing got worse; GateError where
    the time is used up first; and as building and training do.
    """
    need_packages()
    shown = shown or Quiet()
    workspace = Workspace.open(Path(recipe))
    a, b = open_two(workspace, run_a, run_b, what="fix")
    version = curate.build(workspace.recipe_path)
    if version.version == b.info.dataset_version:
        raise UsageError(
            f"the build is version {version.version}, which is B's: no decision changes its data",
            f"decide first: `train fix {a.id} {b.id}` opens the queue",
        )
    seen = audit(a, b, recipe=recipe)
    about = _still_there(_target(seen), version_of(b), version)
    mixer = Arms(version_of(a), version_of(b), seen.data, store_of(workspace).datasets)
    versions = {
        NOTHING: version_of(b),
        _A: mixer.version(list(seen.changes["example_id"])),
        _NEW: version,
    }
    training = Training(workspace, b)
    runs = Runs(training, Budget(minutes=minutes), shown)
    used = _seeds(runs, b, versions, seeds)
    wanted = product(_NAMES, used)
    missing = {(key, seed) for key, seed in wanted if training.standing(versions[key], seed) is None}
    beside = missing - {(_NEW, b.info.seed)}
    repaired = _repaired(workspace, training, b, version, shown, ahead=len(beside))
    judge = Judge(_A, until)
    try:
        for key in _NAMES:
            found = _runs(runs, versions, key, used, beside)
            judge.losses[key] = [loss(about, run) for run in found]
    except OutOfBudget:
        raise GateError(
            f"the {minutes:g} minutes are used up, and not every run is trained", "the same command goes on"
        ) from None
    return Fixed(
        a=a.id,
        b=b.id,
        run=repaired.id,
        dataset_version=version.version,
        target=about,
        seeds=tuple(used),
        losses_a=tuple(judge.losses[_A]),
        losses_b=tuple(judge.losses[NOTHING]),
        losses=tuple(judge.losses[_NEW]),
        regression=span_of(judge.regression),
        remains=span_of(judge.remains(_NEW)),
        gone=span_of(judge.explained(_NEW)),
        margin=judge.margin,
        verdict=_verdict(judge),
        trained=runs.trained,
    )


def _verdict(judge: Judge) -> Verdict:
    if not judge.regressed:
        return "no regression"
    if not judge.clear(_NEW):
        return "not gone"
    outcomes: dict[str, Verdict] = {"repaired": "gone", "partly": "partly", "none": "not gone"}
    return outcomes[judge.outcome(_NEW, NOTHING)]


def _target(seen: Audit) -> TargetRecord:
    """What a bisect of the two was about; else what the audit finds."""
    found = record.read(seen.a, seen.b)
    about = (found.asked if found else None) or target(seen.common, seen.noise)
    if about is None:
        raise UsageError(
            f"nothing held out got worse from {seen.a.id} to {seen.b.id}: there is nothing to repair",
            f"see `train audit {seen.a.id} {seen.b.id}`",
        )
    return about


def _still_there(about: TargetRecord, b: DatasetVersion, version: DatasetVersion) -> TargetRecord:
    """Those of its examples that the new build holds unchanged, in their split."""
    before = {e.example_id: (e.split, spoken(e)) for e in b.examples()}
    now = {e.example_id: (e.split, spoken(e)) for e in version.examples()}
    kept = [i for i, name in enumerate(about.example_ids) if now.get(name, 0) == before.get(name)]
    if not kept:
        raise GateError(
            "the new build holds none of the examples that got worse",
            "look at `curate diff`: what moved or dropped them?",
        )
    ids, tokens = ([of[i] for i in kept] for of in (about.example_ids, about.tokens))
    return about.model_copy(update={"example_ids": tuple(ids), "tokens": tuple(tokens)})


def _seeds(runs: Runs, b: Run, versions: dict[Groups, DatasetVersion], count: int) -> Sequence[int]:
    """B's own first, then those of which runs of A's data and B stand, then the next ones."""
    found = runs.seeds(versions[NOTHING], versions[_A])[:count]
    seed = b.info.seed
    while len(found) < count:
        if seed not in found:
            found.append(seed)
        seed += 1
    return found


def _runs(
    runs: Runs,
    versions: Mapping[Groups, DatasetVersion],
    key: Groups,
    seeds: Sequence[int],
    missing: set[tuple[Groups, int]],
) -> Iterator[Run]:
    """By seed; what is trained is `missing` no longer. Raises OutOfBudget."""
    for seed in seeds:
        missing.discard((key, seed))
        words = Words(f"{_NAMES[key]}, seed {seed}", len(missing))
        yield runs.of(versions[key], seed, words, whole=key != _NEW)


def _repaired(
    workspace: Workspace, training: Training, b: Run, version: DatasetVersion, shown: Shown, *, ahead: int
) -> Run:
    """The run that people will use: B's settings and seed on the new data, in the workspace's own runs.
    `ahead`: how many are expected after it."""
    standing = training.standing(version, b.info.seed)
    if standing is not None:
        return standing
    settings = b.recipe.train
    if settings is None:
        raise AssertionError("a run without settings was refused before")
    with shown.run(f"the repaired run, seed {b.info.seed}", ahead) as progress:
        return carry_out(job_of(workspace, version, settings, b.info.seed), progress)
