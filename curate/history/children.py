"""What became of a version's augmented examples, with what reviewers say of them now."""

from typing import TYPE_CHECKING

from curate.journal import Journal
from curate.report.acceptance import STAGE, Acceptance, tally

if TYPE_CHECKING:
    from curate.workspace import Workspace


def acceptance(workspace: "Workspace", version_name: str | None = None) -> list[Acceptance]:
    """By strategy; empty where the version has no augmentation. Raises VersionError, JournalError."""
    from schemas.arrow import event_of

    version = workspace.version(version_name)
    table = version.read("ledger.parquet", filters=[("stage", "=", STAGE)])
    rulings = {}
    if Journal.exists(workspace.journal):
        with Journal.open(workspace.journal) as journal:
            rulings = journal.rulings()
    return tally((event_of(row) for row in table.to_pylist()), rulings)
