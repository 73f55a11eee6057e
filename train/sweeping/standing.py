"""The runs of a workspace that stand for trials: of the same data, settings, seed, template and base model.

Whether a sweep trained them or a person did makes no difference. A run that failed stands, too: what stopped
it would stop it again.
"""

from collections.abc import Iterable, Sequence

from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.errors import RunError
from schemas.recipe import Recipe
from train import lock
from train.fitting.model import find_base
from train.store import Run, list_runs
from train.sweeping.course import Planned

_ORDER = ("done", "stopped early", "running", "interrupted", "failed")


class Standing:
    """Looks runs up by trial. Read once; `add` what is trained since."""

    def __init__(self, workspace: Workspace, version: DatasetVersion) -> None:
        self._workspace = workspace
        own = [run for run in list_runs(workspace) if run.info.dataset_version == version.version]
        self._runs = [(run, recipe) for run in own if (recipe := _recipe(run)) is not None]

    def of(self, planned: Planned) -> Run | None:
        """The run that is furthest, the latest of those; None where there is none."""
        return _furthest(run for run, recipe in self._runs if self._is(run, recipe, planned))

    def _is(self, run: Run, recipe: Recipe, planned: Planned) -> bool:
        trial = planned.trial
        return (
            recipe.train == trial.train
            and run.info.seed == trial.seed
            and run.info.template_sha256 == planned.template_sha256
            and (not run.finished or self._same_base(run, planned))
        )

    def _same_base(self, run: Run, planned: Planned) -> bool:
        """Whether the base model is still the one that a finished run was trained on."""
        base = find_base(self._workspace, planned.trial.train)
        try:
            return not list(lock.base_differences(lock.read(run), base))
        except RunError:
            return False


def _furthest(runs: Iterable[Run]) -> Run | None:
    ordered: Sequence[Run] = sorted(runs, key=lambda run: (-_ORDER.index(run.state), run.info.started_at))
    return ordered[-1] if ordered else None


def _recipe(run: Run) -> Recipe | None:
    """None for a run that was stopped before it wrote its settings, or whose file no longer reads."""
    from schemas.errors import SiftuneError

    try:
        return run.recipe
    except SiftuneError:
        return None
