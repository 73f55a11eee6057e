"""`curate build`: raw files and decisions in, one immutable dataset version out.

import → stages, each settled → leak certificate → version id → folder, renamed when whole
"""

import hashlib
import os
import time
from collections.abc import Sequence
from pathlib import Path

from curate.building.accounts import locate, settle
from curate.building.engine import EngineName, run_stage
from curate.building.gates import failures
from curate.building.inputs import inputs_sha256
from curate.building.pipeline import Pipeline, pipeline
from curate.building.write import Contents, write_version
from curate.edge import say as say_on_stderr
from curate.journal import Journal
from curate.leaks import certify
from curate.progress import Say, stage_bar
from curate.sources import Imported, import_sources
from curate.stages.edits import DISAGREEMENT, Edits
from curate.version import SPLITS, DatasetVersion
from curate.workspace import Workspace
from schemas.decision import Ruling
from schemas.errors import GateError, VersionError
from schemas.example import Example
from schemas.ledger import DuplicatePair, Event
from schemas.manifest import Manifest, StageCount


def build(
    recipe: Path | str = "recipe.yaml",
    *,
    engine: EngineName = "local",
    jobs: int | None = None,
    check: bool = False,
    say: Say = say_on_stderr,
) -> DatasetVersion:
    """Builds the dataset version of a recipe, or finds the one that the same inputs made before.

    Raises RecipeError, SourceError, JournalError; GateError when no rows are left, the arithmetic does not
    close or, with `check`, a gate fails (the version stands then, for looking at).
    """
    workspace = Workspace.open(Path(recipe))
    rulings = _rulings(workspace)
    imported = import_sources(workspace.recipe, workspace.root, say)
    steps = pipeline(workspace.recipe, workspace.root, workspace.cache, rulings, say)
    try:
        inputs = inputs_sha256(workspace.recipe, workspace.root, imported.sources, rulings, steps.stages)
        version = _standing(workspace, inputs)
        if version is not None:
            say(f"version {version.version} holds these inputs already")
        else:
            work = _Work(imported, engine, jobs or os.cpu_count() or 1, say)
            work.run(steps)
            version = _finish(workspace, imported, inputs, work, steps.complete)
    finally:
        steps.close()
    workspace.set_current(version.version)
    if check and (failed := failures(workspace.recipe, version.manifest)):
        raise GateError(
            f"version {version.version}: {'; '.join(failed)}", f"read {version.path / 'report.html'}"
        )
    return version


class _Work:
    """Rows on their way through the stages, and what the stages said."""

    def __init__(self, imported: Imported, engine: EngineName, jobs: int, say: Say) -> None:
        self.rows: Sequence[Example] = imported.examples
        self.events: list[Event] = []
        self.pairs: list[DuplicatePair] = []
        self.counts: list[StageCount] = []
        self._engine: EngineName = engine
        self._jobs = jobs
        self._say = say

    def run(self, steps: Pipeline) -> None:
        _need_rows(self.rows, "import", "look at the rejected rows above, or at the recipe's sources")
        for stage in steps.stages:
            started = time.perf_counter()
            with stage_bar(stage.name, len(self.rows)) as advance:
                outcome = run_stage(stage, self.rows, engine=self._engine, jobs=self._jobs, advance=advance)
            count = settle(stage.name, self.rows, outcome, time.perf_counter() - started)
            self.counts.append(count)
            self.events.extend(locate(self.rows, outcome))
            self.pairs.extend(outcome.pairs)
            self.rows = outcome.rows
            self._say(_line(count))
            _need_rows(self.rows, stage.name, f"every row was dropped: {_reasons(count)}; loosen that stage")


def _finish(
    workspace: Workspace, imported: Imported, inputs: str, work: _Work, complete: bool
) -> DatasetVersion:
    recipe = workspace.recipe
    contents = Contents(work.rows, work.events, work.pairs, imported.rejects)
    name = contents.digest(inputs)
    manifest = Manifest(
        version=name,
        name=recipe.name,
        inputs_sha256=inputs,
        recipe_sha256=_sha256(recipe.model_dump_json(exclude={"workspace", "train"})),
        sources=imported.sources,
        rows_in=sum(s.rows for s in imported.sources),
        rejected=len(imported.rejects),
        created=sum(c.created for c in work.counts),
        kept=len(work.rows),
        stages=work.counts,
        splits={split: sum(r.split == split for r in work.rows) for split in SPLITS},
        leaks=certify(work.rows, recipe.dedup),
        system_prompt_sha256=_sha256(recipe.system_prompt or ""),
        decisions_applied=len(
            {e.example_id for e in work.events if e.stage == Edits.name and e.reason != DISAGREEMENT}
        ),
        complete=complete,
    )
    if not manifest.closes:
        raise GateError(
            f"{manifest.rows_in} rows in ≠ {manifest.rejected} rejected + {manifest.dropped} dropped "
            f"+ {manifest.kept} kept − {manifest.created} created",
            "this is a bug: nothing was written; please report it",
        )
    return write_version(workspace.datasets / name, recipe, manifest, contents)


def _standing(workspace: Workspace, inputs: str) -> DatasetVersion | None:
    """The whole and complete version that the same inputs made, if one stands."""
    for name in reversed(workspace.versions()):
        try:
            version = DatasetVersion.open(workspace.datasets / name)
            if version.manifest.inputs_sha256 == inputs and version.manifest.complete:
                version.verify()
                return version
        except VersionError:
            continue  # a damaged version is built again
    return None


def _rulings(workspace: Workspace) -> dict[str, Ruling]:
    if not workspace.journal_path.exists():
        return {}
    with Journal.open(workspace.journal_path) as journal:
        return journal.rulings()


def _need_rows(rows: Sequence[Example], stage: str, mend: str) -> None:
    if not rows:
        raise GateError(f"no rows left after {stage}", mend)


def _line(count: StageCount) -> str:
    parts = [f"{count.name:>14}  {count.rows_in:>7,} → {count.kept:>7,}"]
    if count.dropped:
        parts.append(f"dropped {_reasons(count)}")
    parts += [f"{word} {n:,}" for word in ("created", "edited", "flagged") if (n := getattr(count, word))]
    return "  ".join(parts)


def _reasons(count: StageCount) -> str:
    return ", ".join(f"{reason} {n:,}" for reason, n in count.dropped.items())


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
