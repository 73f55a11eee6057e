"""`curate.decide`: one decision from Python, checked against the dataset version that it speaks of."""

from collections.abc import Iterable
from pathlib import Path

from curate.journal import Journal
from curate.workspace import Workspace
from schemas.decision import Decision, Verdict
from schemas.errors import UsageError
from schemas.example import Message


def decide(
    example_id: str,
    verdict: Verdict,
    *,
    annotator: str,
    messages: Iterable[Message] | None = None,
    labels: Iterable[str] = (),
    reason: str | None = None,
    note: str | None = None,
    run: str | None = None,
    recipe: Path | str = "recipe.yaml",
) -> Decision:
    """Appends a decision to the journal of the recipe's workspace; it is on disk when this returns.

    Raises UsageError when the current version and its ledger have never seen `example_id`, JournalError
    when the journal is locked or corrupt.
    """
    workspace = Workspace.open(Path(recipe))
    version = workspace.version()
    story = version.why(example_id)
    if story.example_id is None:
        raise UsageError(
            f"{example_id!r} is a raw row that could not be read", "mend it in its source, then build again"
        )
    with Journal.open(workspace.journal) as journal:
        return journal.append(
            story.example_id,
            annotator,
            verdict,
            labels=labels,
            messages=messages,
            reason=reason,
            note=note,
            dataset_version=version.version,
            run=run,
        )
