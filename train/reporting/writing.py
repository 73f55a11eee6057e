"""`report.html` of a run: written at its end, and again whenever it is asked for."""

from pathlib import Path

from curate import atomic
from curate.workspace import Workspace
from train.reporting.examples import shown
from train.reporting.figures import Figures, figures
from train.reporting.page import page
from train.store import Run

REPORT = "report.html"


def write_report(run: Run, workspace: Workspace, output: Path | None = None) -> tuple[Path, Figures]:
    """Writes the page to `output`, beside the run when None. Raises RunError where the run has no end yet."""
    found, version = figures(run, workspace)
    target = output or run.path / REPORT
    atomic.write_text(target, page(found, shown(run, version, found.listed)))
    return target, found
