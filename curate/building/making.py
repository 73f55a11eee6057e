"""A dataset version out of located files: what `curate.building.build` promises, once the files are hashed.

read → stages, each settled → leak certificate → version id → folder, renamed when whole
"""

import hashlib
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from curate import atomic
from curate.building.certificate import certificate
from curate.building.decided import decided_in
from curate.building.features import is_compiled
from curate.building.features import load as load_features
from curate.building.inputs import data_part
from curate.building.pipeline import Pipeline, pipeline
from curate.building.report import gathered
from curate.building.usable import check_read
from curate.building.write import Contents, write_version
from curate.flow.batch_read import Learning
from curate.flow.cache import StageCache
from curate.flow.engine import Engine, EngineName
from curate.flow.file_read import FileRead
from curate.flow.keys import fingerprint
from curate.flow.pooled import MANY_BYTES, Pool
from curate.flow.reading import Reading
from curate.flow.work import Work, row_stages
from curate.progress import Say, stage_bar
from curate.similarity.shingles import FEW
from curate.sources import IMPORT_VERSION, LocatedFile
from curate.stages.dedup import Dedup
from curate.stages.normalise import Normalise
from curate.version import SPLITS, DatasetVersion
from curate.workspace import Workspace
from schemas.errors import GateError, VersionError
from schemas.manifest import Leaks, Manifest, SourceCount
from schemas.recipe import Recipe


def made(
    workspace: Workspace, files: list[LocatedFile], engine: EngineName, jobs: int, say: Say
) -> DatasetVersion:
    """The version of these files, or the one that stands."""
    steps = pipeline(workspace.recipe, workspace.root, workspace.cache, decided_in(workspace), say)
    try:
        version = _standing(workspace, _inputs(workspace, files, [], steps))
        if version is not None:
            say(f"version {version.version} holds these inputs already")
        else:
            version = _build(workspace, files, steps, engine, jobs, say)
    finally:
        steps.close()
    return version


def _build(
    workspace: Workspace, files: list[LocatedFile], steps: Pipeline, engine: EngineName, jobs: int, say: Say
) -> DatasetVersion:
    folder = workspace.cache / "stages"
    first = not folder.exists()
    cache = StageCache(folder)
    with scratch_folder(workspace.path) as temporary:
        scratch = Path(temporary)
        with Engine(row_stages(steps.steps), engine, jobs, [load_features], scratch) as workers:
            if first and sum(file.stamp[0] for file in files if file.stamp) >= MANY_BYTES:
                workers.expect(many=True)
            begun = workers.pooled
            if begun:
                _say_if_compiling(say)
            reading = Reading(workspace.recipe, workspace.root, files, cache, scratch, say)
            work = Work(cache, say)
            pool = Pool(workers, _learning(steps, cache))
            work.table.features.after(pool.learnt)
            started = time.perf_counter()
            with stage_bar("reading", None) as advance:
                read = reading.read(advance, pool)
            check_read(workspace.recipe, files, read)
            if first and not begun and sum(file.rows_in for file in read) >= FEW:
                _say_if_compiling(say)
            inputs = _inputs(workspace, files, read, steps)
            standing = _standing(workspace, inputs)
            if standing is not None:
                say(f"version {standing.version} holds these inputs already")
                cache.settle()
                return standing
            work.take(reading, read, time.perf_counter() - started, steps.steps)
            work.run(steps.steps, workers)
        cache.soon(cache.prune)
        version = _finish(workspace, files, read, inputs, work, steps.complete)
        cache.settle()
    return version


def _say_if_compiling(say: Say) -> None:
    """Of a first build on a machine, which keeps people waiting."""
    if not is_compiled():
        say("compiling what many rows are looked at with, once on this machine: it takes some seconds")


def _learning(steps: Pipeline, cache: StageCache) -> Learning:
    """What is asked of rows as they were imported."""
    features = next(step.features for step in steps.steps if step.stage.name == Dedup.name)
    return Learning(features(FEW), cache.folder)


def scratch_folder(folder: Path) -> "tempfile.TemporaryDirectory[str]":
    """A folder for texts while they are worked on; what a killed build left, or one whose workers still wrote
    when it ended, is removed by the next."""
    folder.mkdir(parents=True, exist_ok=True)
    atomic.sweep(folder)
    return tempfile.TemporaryDirectory(prefix=atomic.own(), dir=folder, ignore_cleanup_errors=True)


def _finish(
    workspace: Workspace,
    files: Sequence[LocatedFile],
    read: Sequence[FileRead],
    inputs: str,
    work: Work,
    complete: bool,
) -> DatasetVersion:
    rejects = [reject for file in read for reject in file.rejects]
    contents = Contents(work.table, work.events, work.pairs, rejects)
    # These take about as long as writing, and much of it without the interpreter's lock.
    with ThreadPoolExecutor(2) as beside:
        leaks = beside.submit(certificate, work.table, workspace.recipe.dedup)
        facts = beside.submit(gathered, work.table, work.events, rejects)
        manifest = _manifest(
            workspace.recipe, _sources(workspace.recipe, files, read), inputs, work, contents
        )

        def certified() -> Manifest:
            return manifest.model_copy(update={"complete": complete, "leaks": leaks.result()})

        path = workspace.datasets / manifest.version
        return write_version(path, workspace.recipe, certified, facts.result, contents)


def _manifest(
    recipe: Recipe, sources: list[SourceCount], inputs: str, work: Work, contents: Contents
) -> Manifest:
    """All that can be said before the leaks are counted and the files written. Raises GateError where the
    arithmetic does not close."""
    manifest = Manifest(
        version=contents.digest(inputs),
        name=recipe.name,
        inputs_sha256=inputs,
        recipe_sha256=_sha256(
            recipe.model_dump_json(
                exclude={"workspace", "journal", "checks", "train", "eval", "sweep", "card", "review"}
            )
        ),
        sources=sources,
        rows_in=sum(count.rows for count in sources),
        rejected=len(contents.rejects),
        created=sum(count.created for count in work.counts),
        kept=len(work.table),
        stages=work.counts,
        splits={split: contents.rows_of(split) for split in SPLITS},
        leaks=Leaks(cross_split_pairs=0, cross_split_groups=0),
        system_prompt_sha256=_sha256(recipe.system_prompt or ""),
        decisions_applied=work.decisions_applied,
    )
    if not manifest.closes:
        raise GateError(
            f"{manifest.rows_in} rows in ≠ {manifest.rejected} rejected + {manifest.dropped} dropped "
            f"+ {manifest.kept} kept − {manifest.created} created",
            "this is a bug: nothing was written; please report it",
        )
    return manifest


def _sources(recipe: Recipe, files: Sequence[LocatedFile], read: Sequence[FileRead]) -> list[SourceCount]:
    return [
        count.model_copy(update={"named_by": recipe.sources[file.source].path})
        for file, found in zip(files, read, strict=True)
        for count in found.counts
    ]


def _inputs(
    workspace: Workspace, files: Sequence[LocatedFile], read: Sequence[FileRead], steps: Pipeline
) -> str:
    """The hash of all that goes in, and of how it is read. A dataset of the hub has one once it is read."""
    sources: list[list[str | None]] = [[c.path, c.sha256] for file in read for c in file.counts]
    sources = sources or [[file.name, file.sha256] for file in files]
    how = [IMPORT_VERSION, Normalise.version]
    return fingerprint([data_part(workspace.recipe), sources, how, [step.inputs for step in steps.steps]])


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


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
