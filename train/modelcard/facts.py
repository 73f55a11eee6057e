"""What a model card says of a run. No text of the data is in it."""

from dataclasses import dataclass
from pathlib import PurePath

from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.card import Card
from schemas.errors import RecipeError
from schemas.evaluation import EvalInfo
from schemas.recipe import Recipe
from schemas.run import RunInfo
from train.evaluation.result import list_evaluations
from train.fitting.model import find_base
from train.reporting.figures import version_of
from train.reporting.measured import measured
from train.reporting.slices import Slice, slices
from train.store import Run
from train.template import ChatTemplate, Tokenizer, read_template


@dataclass(frozen=True, slots=True)
class Facts:
    """`base`: the base model's hub name, or the last part of its folder's: no path of a machine is told.
    `splits`: losses by split. `evaluation`: the latest one. `version` is None where it is gone."""

    recipe: Recipe
    card: Card
    info: RunInfo
    base: str
    base_on_hub: bool
    version: DatasetVersion | None
    splits: tuple[Slice, ...]
    evaluation: EvalInfo | None
    template: ChatTemplate

    @property
    def name(self) -> str:
        return self.recipe.name

    @property
    def test(self) -> Slice | None:
        return next((own for own in self.splits if own.split == "test"), None)

    @property
    def hub_datasets(self) -> list[str]:
        """The sources that are datasets of the hub, as owner/name, without config and split."""
        paths = (source.path for source in self.recipe.sources)
        names = (path.removeprefix("hf:").partition(":")[0] for path in paths if path.startswith("hf:"))
        return list(dict.fromkeys("/".join(name.split("/")[:2]) for name in names))


def facts(
    run: Run, workspace: Workspace, tokenizer: Tokenizer, splits: tuple[Slice, ...] | None = None
) -> Facts:
    """`splits` where they were counted already. Raises RunError where the run is not finished."""
    version = version_of(run, workspace)
    if splits is None:
        splits = slices(measured(run, version)).splits
    evaluations = list_evaluations(run)
    train = run.recipe.train
    return Facts(
        recipe=run.recipe,
        card=workspace.recipe.card,
        info=run.info,
        base=PurePath(run.info.base_model).name if _local(run, workspace) else run.info.base_model,
        base_on_hub=train is not None and not _local(run, workspace),
        version=version,
        splits=splits,
        evaluation=evaluations[-1].info if evaluations else None,
        template=read_template(tokenizer),
    )


def _local(run: Run, workspace: Workspace) -> bool:
    """Whether the base model is a folder; one that is gone is no model of the hub either."""
    train = run.recipe.train
    try:
        return train is None or find_base(workspace, train).local
    except RecipeError:
        return True
