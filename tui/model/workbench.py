"""Everything one review session reads and writes, opened together: rows, losses, ledger, journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from curate.edge import say
from curate.journal import Journal
from curate.stages.edits import DISAGREEMENT, REVIEWED
from curate.version import DatasetVersion
from curate.workspace import Workspace
from train.store import LOSSES, Run, list_runs, open_run
from tui.model.corpus import Corpus
from tui.model.deal import Deal
from tui.model.ledger import LedgerView
from tui.model.losses import Losses
from tui.model.mapped import Mapped
from tui.model.no_pandas import leave_pandas_out
from tui.model.review import Review
from tui.model.tokens import TokenLosses
from tui.model.views import Views


@dataclass(frozen=True, slots=True)
class Workbench:
    """What the screens share. `run` is the run whose losses are shown."""

    review: Review
    ledger: LedgerView
    tokens: TokenLosses | None
    workspace: Workspace
    dataset: DatasetVersion
    run: Run | None


@contextmanager
def open_workbench(
    recipe_path: Path,
    *,
    queue: str | None,
    annotator: str,
    run: str | None,
    version: str | None,
    blind: bool = False,
    deal: Deal | None = None,
) -> Iterator[Workbench]:
    """`run` and `version` are the latest when None; without any run there are no losses. `queue` may be the
    name of a saved view. `blind`: nothing is shown of what reviewers decided before the version was built,
    nor of what others decided since.

    Raises RecipeError, VersionError, RunError, JournalError, and UsageError for a queue that can't be shown.
    """
    leave_pandas_out()
    workspace = Workspace.open(recipe_path)
    dataset = workspace.version(version)
    mapped = Mapped(workspace, say)
    corpus = Corpus.open(dataset, mapped, (DISAGREEMENT, REVIEWED) if blind else ())
    chosen = _run(workspace, run)
    losses = Losses.open(chosen, corpus, mapped) if chosen else None
    with Journal.open(workspace.journal) as journal:
        ledger = LedgerView(dataset.path, blind=blind, mapped=mapped)
        ledger.lay_out()
        views = Views(workspace.path / "views")
        view = views.named(queue) if queue is not None else None
        review = Review(
            corpus,
            journal,
            annotator,
            losses,
            view.queue if view else queue,
            blind=blind,
            deal=deal,
            ledger=ledger,
            labels=workspace.recipe.review.labels,
            views=views,
        )
        if view is not None:
            review.use_view(view)
        tokens = TokenLosses.of_run(chosen) if chosen else None
        yield Workbench(review, ledger, tokens, workspace, dataset, chosen)


def _run(workspace: Workspace, name: str | None) -> Run | None:
    """The run of that name, or the latest that has losses already."""
    if name is not None:
        return open_run(workspace, name)
    measured = [run for run in list_runs(workspace) if (run.path / LOSSES).exists()]
    return measured[-1] if measured else None
