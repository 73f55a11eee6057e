"""Figures: all that a report of a run says, as plain data, for the page and for `--json`. No texts."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.errors import VersionError
from schemas.evaluation import EvalInfo
from schemas.recipe import Recipe
from schemas.run import RunInfo
from train.evaluation.result import list_evaluations
from train.reporting.curves import Curves, curves
from train.reporting.examples import Listed, listed
from train.reporting.left_out import LeftOut, left_out
from train.reporting.measured import Measured, measured
from train.reporting.slices import Slices, slices
from train.reporting.tracks import Tracks, tracks
from train.store import Run

if TYPE_CHECKING:
    import pandas as pd

BINS = 40
_TAIL = 0.995  # of the losses lie below the last bin's upper edge; those above count in it


@dataclass(frozen=True, slots=True)
class Histogram:
    """Examples by loss, nats per token: `edges` has one more than the counts. The last bin also holds all
    above it. `base` is None where the base model was not measured."""

    split: str
    edges: list[float]
    adapter: list[int]
    base: list[int] | None


@dataclass(frozen=True, slots=True)
class Points:
    """A sample of a split's examples: the first by id, which is a hash. `of` is how many the split has. Base
    losses are None where not measured."""

    split: str
    of: int
    example_ids: list[str]
    n_tokens: list[int]
    base: list[float | None]
    loss: list[float]


@dataclass(frozen=True, slots=True)
class Figures:
    """`step` is the kept adapter's. Losses in nats per trained token."""

    recipe: Recipe
    info: RunInfo
    state: str
    step: int
    curves: Curves
    slices: Slices
    histograms: tuple[Histogram, ...]
    points: tuple[Points, ...]
    tracks: Tracks
    listed: Listed
    left_out: LeftOut
    evaluations: tuple[EvalInfo, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON: `run` as in run.json, `settings` as trained, the rest by field."""
        parts = {
            name: asdict(getattr(self, name)) for name in ("curves", "slices", "tracks", "listed", "left_out")
        }
        return {
            "run": {**self.info.model_dump(mode="json"), "state": self.state},
            "settings": self.recipe.train.model_dump(mode="json") if self.recipe.train else None,
            "step": self.step,
            **parts,
            "histograms": [asdict(one) for one in self.histograms],
            "points": [asdict(one) for one in self.points],
            "evaluations": [one.model_dump(mode="json") for one in self.evaluations],
        }


def figures(run: Run, workspace: Workspace) -> tuple[Figures, DatasetVersion | None]:
    """The figures of a finished run, and its dataset version where that still stands. Raises RunError."""
    version, recipe = version_of(run, workspace), run.recipe
    found = measured(run, version)
    parts = slices(found)
    return Figures(
        recipe=recipe,
        info=run.info,
        state=run.state,
        step=found.step,
        curves=curves(run.metrics()),
        slices=parts,
        histograms=tuple(_histogram(found.of(split), split) for split in found.splits),
        points=tuple(_points(found, split) for split in found.splits),
        tracks=tracks(found),
        listed=listed(found, parts.held_out),
        left_out=left_out(run, recipe.train, version, found),
        evaluations=tuple(one.info for one in list_evaluations(run)),
    ), version


def version_of(run: Run, workspace: Workspace) -> DatasetVersion | None:
    """The dataset version that a run was trained on, None where it is gone."""
    try:
        return workspace.version(run.info.dataset_version)
    except VersionError:
        return None


def _histogram(rows: "pd.DataFrame", split: str) -> Histogram:
    loss, base = rows["loss"].to_numpy(np.float64), rows["base"].dropna().to_numpy(np.float64)
    high = max(float(np.quantile(part, _TAIL)) for part in (loss, base) if len(part)) or 1.0
    edges = np.linspace(0.0, high, BINS + 1)

    def counts(values: "np.ndarray[Any, np.dtype[np.float64]]") -> list[int]:
        return [int(n) for n in np.histogram(np.minimum(values, high), edges)[0]]

    return Histogram(split, [float(e) for e in edges], counts(loss), counts(base) if len(base) else None)


def _points(found: Measured, split: str) -> Points:
    rows = found.sample(split)
    return Points(
        split=split,
        of=len(found.of(split)),
        example_ids=list(rows["example_id"]),
        n_tokens=[int(n) for n in rows["n_tokens"]],
        base=[None if b != b else float(b) for b in rows["base"]],
        loss=[float(v) for v in rows["loss"]],
    )
