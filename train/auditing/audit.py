"""Audit: two runs compared, as `train.audit(a, b)` gives it and `train audit A B` shows it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from curate import atomic
from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.errors import VersionError
from train.auditing.changes import Changes, changes, counts
from train.auditing.common import HELD_OUT, Common, common
from train.auditing.comparable import DATA, Setting, differences
from train.auditing.findings import Finding, Found, of_slices, of_splits
from train.auditing.metrics import Measured as MeasuredMetric
from train.auditing.metrics import metrics
from train.auditing.noise import Noise, how_to, noise
from train.auditing.signals.measuring import Measured as MeasuredSignals
from train.auditing.signals.measuring import measure as measure_signals
from train.auditing.signals.question import Question
from train.auditing.suspects import MEASURED, SIGNALS, suspects
from train.progress import Progress, on_stderr
from train.reporting.measured import measured
from train.store import Run, open_run

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Audit:
    """What two runs differ in. `splits` and `slices` are two families of tests; slices worst first, by the
    low end of their interval. `sliced`: which splits they are of. `changes`: a row a changed example.
    `suspects`: changed training rows, most suspect first, none where nothing got worse. `measured`: what the
    models were asked for it, None where they were not."""

    a: Run
    b: Run
    settings: tuple[Setting, ...]
    data: Changes
    common: Common
    noise: Noise
    splits: tuple[Finding, ...]
    slices: tuple[Finding, ...]
    sliced: tuple[str, ...]
    metrics: tuple[MeasuredMetric, ...]
    suspects: "pd.DataFrame"
    measured: MeasuredSignals | None = None

    @property
    def signals(self) -> tuple[str, ...]:
        """The columns of `suspects` that are signals."""
        return tuple(c for c in self.suspects.columns if c in (*SIGNALS, *MEASURED))

    @property
    def not_measured(self) -> tuple[str, ...]:
        """What is not known of the suspects, a sentence each."""
        if self.measured is not None:
            return self.measured.said
        if self.suspects.empty:
            return ()
        return ("gradient, embedding, and surprise of new texts are not measured: --measure asks the models",)

    @property
    def changes(self) -> "pd.DataFrame":
        return self.data.table

    @property
    def judged(self) -> tuple[Finding, ...]:
        """Held-out splits, then slices of them. Train does not count."""
        held_out = [one for one in self.splits if one.name in HELD_OUT]
        sliced = self.slices if set(self.sliced) <= set(HELD_OUT) else ()
        return (*held_out, *sliced)

    @property
    def worse(self) -> tuple[Finding, ...]:
        """What got worse, by more than other examples or other seeds would show."""
        return tuple(one for one in self.judged if one.verdict == "worse")

    @property
    def regression(self) -> bool:
        return bool(self.worse)

    @property
    def regressed(self) -> "pd.DataFrame":
        """The findings `worse`, a row each."""
        import pandas as pd

        columns = ["by", "name", "examples", "groups", "a", "b", "difference", "low", "high", "p", "q"]
        return pd.DataFrame([_flat(one) for one in self.worse]).reindex(columns=columns)

    @property
    def confounders(self) -> tuple[Setting, ...]:
        return tuple(one for one in self.settings if one.confounds)

    @property
    def data_differ(self) -> bool:
        return any(one.name == DATA for one in self.settings)

    def to_html(self, path: Path | str) -> Path:
        """Writes one page, without script or network."""
        from train.auditing.page import page

        atomic.write_text(Path(path), page(self))
        return Path(path)

    def to_dict(self) -> dict[str, Any]:
        """For JSON. No texts of the data but the words that name a slice."""
        from train.auditing.words import verdict

        rows = self.common.rows
        return {
            "a": self.a.id,
            "b": self.b.id,
            "verdict": verdict(self),
            "regression": self.regression,
            "settings": [asdict(one) for one in self.settings],
            "changes": _records(self.changes),
            "change_counts": _records(counts(self.changes)),
            "prompt_only": self.data.prompt_only,
            "common": {str(k): int(n) for k, n in rows["split"].value_counts().items()},
            "left_out": self.common.left_out,
            "noise": {
                "runs": [one.id for one in self.noise.a.runs],
                "others": [one.id for one in self.noise.b.runs],
                "known": self.noise.known,
            },
            "splits": [_flat(one) for one in self.splits],
            "sliced": list(self.sliced),
            "slices": [_flat(one) for one in self.slices],
            "metrics": [_flat(one) for one in self.metrics],
            "suspects": _records(self.suspects),
            "examples": _records(rows.sort_values(["rise", "example_id"], ascending=[False, True])),
            "not_known": [
                *([] if self.noise.known else [f"noise of seeds: {how_to(self.a)}"]),
                *self.not_measured,
            ],
        }


def audit(
    run_a: Run | str,
    run_b: Run | str,
    *,
    recipe: Path | str = "recipe.yaml",
    measure: bool = False,
    embedding: str | None = None,
    progress: Progress | None = None,
) -> Audit:
    """What changed from `run_a` to `run_b`; names are of runs of the recipe's workspace. Trains nothing, and
    loads no model but with `measure`, which asks A and B about the changed rows where something got worse;
    `embedding` then names a sentence-transformers model.

    Raises RunError for runs without an end, or without an example in common; UsageError for runs of two
    tasks; VersionError where the data of one are gone.
    """
    a, b = (one if isinstance(one, Run) else open_run(recipe, one) for one in (run_a, run_b))
    settings = differences(a, b)
    version_a, version_b = version_of(a), version_of(b)
    data = changes(version_a, version_b)
    found = common(a, b, version_a, version_b)
    heard = noise(a, b, found)
    splits = of_splits(found, heard)
    sliced = of_slices(found, heard)
    groups = dict(zip(found.rows["example_id"], found.rows["group"], strict=True))
    judged = found.rows.loc[found.judged, "split"]
    question = _question(a, version_a, data, found, [*splits, *sliced])
    asked = None
    if measure and question.candidates and question.worse:
        workspace, progress = Workspace.open(Path(recipe)), progress or on_stderr()
        try:
            asked = measure_signals(question, a, b, workspace, embedding=embedding, progress=progress)
        finally:
            progress.close()
    return Audit(
        a=a,
        b=b,
        settings=settings,
        data=data,
        common=found,
        noise=heard,
        splits=tuple(one for one, _ in splits),
        slices=tuple(one for one, _ in sliced),
        sliced=tuple(dict.fromkeys(judged)),
        metrics=metrics(a, b, groups),
        suspects=suspects(question, measured=asked.values if asked else None),
        measured=asked,
    )


def version_of(run: Run) -> DatasetVersion:
    """The data of a run, which lie beside the runs. Raises VersionError where they are gone."""
    try:
        return DatasetVersion.open(run.path.parents[1] / "datasets" / run.info.dataset_version)
    except VersionError as error:
        raise VersionError(
            f"the data of run {run.id}: {error.problem}", "bring that version back: build it from its recipe"
        ) from None


def _question(
    a: Run, version_a: DatasetVersion, data: Changes, found: Common, findings: Sequence[Found]
) -> Question:
    """About the examples of what got worse, by chance or not, whose loss rose; held-out ones where there are
    any."""
    member = np.zeros(len(found.rows), dtype=bool)
    for finding, own in findings:
        if finding.verdict in ("worse", "worse or chance"):
            member |= own
    rises = (found.rows["nll_b"] - found.rows["nll_a"]).to_numpy(np.float64)
    at = np.flatnonzero(member & found.judged & (rises > 0))
    table = data.table
    return Question(
        candidates=tuple(table.loc[table["touches_train"], "example_id"]),
        changes=data,
        worse=tuple(found.examples[i] for i in at),
        rises=rises[at],
        known_a=measured(a, version_a),
    )


def _flat(one: Finding | MeasuredMetric) -> dict[str, Any]:
    """A finding without inner parts, for tables and JSON."""
    fields = asdict(one) | {"verdict": one.verdict}
    tested = fields.pop("tested")
    bounds = tested.pop("interval") or {"low": None, "high": None}
    floor = fields.pop("floor", None)
    seeds = {f"seeds_{name}": value for name, value in floor.items()} if floor else {}
    return {**fields, **tested, **bounds, **seeds}


def _records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Rows as plain values, null where there is none."""
    found = table.astype(object).where(table.notna(), None)
    return [{str(k): _plain(v) for k, v in row.items()} for row in found.to_dict("records")]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
