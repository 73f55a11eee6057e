"""The rows that may have made B worse, as the review queue `fix`."""

from dataclasses import dataclass
from pathlib import Path

from curate.workspace import Workspace
from schemas.errors import UsageError
from train.auditing.audit import audit, version_of
from train.bisecting import record
from train.saved_queue import SavedQueue
from train.store import Run, open_two

TOP = 50  # suspects, where no bisect told the guilty


@dataclass(frozen=True, slots=True)
class Asked:
    """`here`, `gone`: how many of the queue's rows stand in B's data, and how many in A's alone."""

    a: Run
    b: Run
    queue: SavedQueue
    path: Path
    here: int
    gone: int


def ask(run_a: Run | str, run_b: Run | str, *, recipe: Path | str = "recipe.yaml", top: int = TOP) -> Asked:
    """Writes the queue: the rows of the groups that a bisect of the two found guilty, else the first suspects
    of the audit. Raises as `train.audit` does; UsageError where there is none of either."""
    workspace = Workspace.open(Path(recipe))
    a, b = open_two(workspace, run_a, run_b, what="fix")
    seen = audit(a, b, recipe=recipe)
    rank = dict(zip(seen.suspects["example_id"], seen.suspects["rank"], strict=True))
    found = record.read(a, b)
    if found is not None and found.verdict == "explained":
        names = ", ".join(group.name for group in found.guilty_groups)
        title = f"rows of {names}, which made {b.id} worse than {a.id}, as `train bisect` showed"
        rows = found.guilty_rows
    else:
        title = f"the first suspects of `train audit {a.id} {b.id}`: nothing is proved"
        rows = tuple(seen.suspects["example_id"].head(top))
    if not rows:
        raise UsageError(
            f"nothing got worse from {a.id} to {b.id} that changed rows could explain",
            f"see `train audit {a.id} {b.id}`, or isolate it with `train bisect {a.id} {b.id}`",
        )
    ordered = sorted(((name, float(rank.get(name, 0.0))) for name in rows), key=lambda r: (-r[1], r[0]))
    queue = SavedQueue(name="fix", title=title, unit="of 1", rows=tuple(ordered))
    standing = {e.example_id for e in version_of(b).examples()}
    here = sum(name in standing for name in rows)
    return Asked(a, b, queue, queue.write(workspace.path), here, len(rows) - here)
