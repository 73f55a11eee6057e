"""`curate judge`: what the judge said of a version's rows, whether it can be trusted, what asking costs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.building.decided import decided_in
from curate.building.judging import rubric_of
from curate.building.partway import partway
from curate.building.pipeline import pipeline
from curate.judge.human import Agreement, Decided, agreement, decided_rows
from curate.judge.scores import Scores
from curate.llm import Completer, HttpCompleter, make_completer, settings_of
from curate.llm.budget import Estimate
from curate.progress import Say
from curate.stages.judge import Judge
from curate.version import SPLITS
from curate.workspace import Workspace
from schemas import recipe as settings
from schemas.arrow import example_of
from schemas.errors import UsageError, VersionError
from schemas.example import Example


@dataclass(frozen=True, slots=True)
class Outlook:
    """What asking about `rows` would take: answers `known` are at hand already."""

    model: str
    rows: int
    known: int
    ask: Estimate
    max_usd: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "rows": self.rows,
            "cached": self.known,
            "requests": self.ask.requests,
            "input_tokens": self.ask.input_tokens,
            "output_tokens": self.ask.output_tokens,
            "usd": str(self.ask.usd),
            "worst_usd": str(self.ask.worst_usd),
            "max_usd": str(self.max_usd),
        }


def scores(path: Path, version: str | None, say: Say) -> Scores:
    """The rows of a version, its augmented ones too, with the answers at hand; nobody is asked."""
    workspace = _with_judge(path)
    rows = workspace.version(version).examples()
    with _completer(workspace, say) as completer:
        stage = _stage(workspace, completer.rehearsal())
        return Scores(completer.model, stage.rubric.version, _section(workspace), rows, stage.grade(rows))


def trust(path: Path, say: Say) -> Agreement:
    """The judge against the reviewers' decisions. What it was not asked yet it is asked now, within
    `max_usd`. Raises UsageError where nothing was decided or the endpoint cannot be used."""
    workspace = _with_judge(path)
    decided = _decided(workspace)
    with _completer(workspace, say) as completer:
        stage = _stage(workspace, completer)
        found = stage.grade(decided.rows)
        return agreement(decided, found, _section(workspace), completer.model, stage.rubric.version)


def trust_outlook(path: Path, say: Say) -> Outlook:
    """What `trust` would ask."""
    workspace = _with_judge(path)
    decided = _decided(workspace)
    with _completer(workspace, say) as completer:
        return _rehearsed(workspace, completer, [decided.rows])


def build_outlook(path: Path, say: Say) -> Outlook:
    """What a build would ask the judge about imported rows; about augmented ones it is asked when they are
    there."""
    workspace = _with_judge(path)
    steps = pipeline(workspace.recipe, workspace.root, workspace.cache, decided_in(workspace), say)
    try:
        names = [step.stage.name for step in steps.steps]
        before = steps.steps[: names.index(Judge.name)]
        quiet = partway(workspace, before, say, lambda _: None)
        with quiet as work, _completer(workspace, say) as completer:
            return _rehearsed(workspace, completer, work.table.batches())
    finally:
        steps.close()


def _rehearsed(
    workspace: Workspace, completer: HttpCompleter, batches: Iterable[Sequence[Example]]
) -> Outlook:
    rehearsal = completer.rehearsal()
    stage = _stage(workspace, rehearsal)
    rows = 0
    for batch in batches:
        rows += len(batch)
        stage.grade(batch)
    return Outlook(completer.model, rows, rehearsal.known, rehearsal.estimate(), _section(workspace).max_usd)


def _decided(workspace: Workspace) -> Decided:
    """Every decided example with the text that its reviewer saw: that of the version decided on."""
    rulings = decided_in(workspace).rulings
    if not rulings:
        raise UsageError("no reviewer has decided anything yet", "decide on some with `curate review`")
    wanted: defaultdict[str, list[str]] = defaultdict(list)
    for ruling in rulings.values():
        version = ruling.decisions[-1].dataset_version
        if ruling.verdict is not None and version is not None:
            wanted[version].append(ruling.example_id)
    texts = {
        (version, row.example_id): row
        for version, ids in wanted.items()
        for row in _rows(workspace, version, ids)
    }
    return decided_rows(rulings.values(), texts)


def _rows(workspace: Workspace, name: str, ids: Sequence[str]) -> Iterator[Example]:
    """These rows of a version, as far as both are still there."""
    try:
        version = workspace.version(name)
        for split in SPLITS:
            table = version.read(f"data/{split}.parquet", filters=[("example_id", "in", ids)])
            yield from (example_of(row, split) for row in table.to_pylist())
    except VersionError:
        return


def _with_judge(path: Path) -> Workspace:
    workspace = Workspace.open(path)
    if workspace.recipe.judge is None:
        raise UsageError(f"{path}: the recipe has no `judge`", "add one, such as `judge: {threshold: 3}`")
    return workspace


def _section(workspace: Workspace) -> settings.Judge:
    assert workspace.recipe.judge is not None
    return workspace.recipe.judge


def _stage(workspace: Workspace, complete: Completer) -> Judge:
    return Judge(_section(workspace), rubric_of(workspace.recipe, workspace.root), complete)


@contextmanager
def _completer(workspace: Workspace, say: Say) -> Iterator[HttpCompleter]:
    section = settings_of("judge", _section(workspace))
    completer = make_completer(section, workspace.cache / "answers.db", say)
    try:
        yield completer
    finally:
        completer.close()
