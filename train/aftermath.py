"""What is written for people of a run that is over: its report, and its adapter's card."""

from collections.abc import Callable

from curate.workspace import Workspace
from train.store import Run


def describe(run: Run, workspace: Workspace, say: Callable[[str], None]) -> None:
    """Writes both. What goes wrong here is said, and fails nothing: hours of training stand."""
    try:
        _describe(run, workspace, say)
    except Exception as error:  # noqa: BLE001 (whatever it is, the run is done and its tables stand)
        say(f"report and model card could not be written ({error}); `train report {run.id}` tries again")


def _describe(run: Run, workspace: Workspace, say: Callable[[str], None]) -> None:
    from train.fitting.model import Base, load_tokenizer
    from train.modelcard.writing import write_card
    from train.reporting.writing import write_report

    path, found = write_report(run, workspace)
    say(f"report: {path}")
    tokenizer = load_tokenizer(Base(str(run.adapter), local=True))
    write_card(run, workspace, tokenizer, run.adapter, "adapter", splits=found.slices.splits)
