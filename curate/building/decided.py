"""What reviewers decided and stated, in force, as a build takes it from the journal."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from curate.journal import Journal, rulings_of
from curate.statements import Stated
from curate.workspace import Workspace
from schemas.decision import Ruling


@dataclass(frozen=True, slots=True)
class Decided:
    """`rulings` by example id: the verdicts. `stated`: what else reviewers say."""

    rulings: Mapping[str, Ruling] = field(default_factory=dict)
    stated: Stated = field(default_factory=Stated)


def decided_in(workspace: Workspace) -> Decided:
    """Raises JournalError."""
    if not Journal.exists(workspace.journal):
        return Decided()
    with Journal.open(workspace.journal) as journal:
        decisions = journal.decisions()
    return Decided(rulings_of(decisions), Stated.of(decisions))
