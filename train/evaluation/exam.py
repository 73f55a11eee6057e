"""Sets put to systems, marked, compared and written down: what `train eval` and `train quant-check` share.

sets → questions → papers, stored as they come → marks → figures and differences → eval.json
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Literal

from curate.reading import sentence_encoder
from schemas.errors import RecipeError, UsageError
from schemas.evaluation import EvalInfo, SetResult, SystemResult
from train.evaluation import forgetting
from train.evaluation.asked import Asked
from train.evaluation.items import ExamSet, general_set, split_set
from train.evaluation.machine import Machine, this_machine
from train.evaluation.marking import Marked, mark
from train.evaluation.metrics.catalogue import Chosen, check, choose
from train.evaluation.result import FOLDER, Evaluation, load_evaluation
from train.evaluation.shots import Shots
from train.evaluation.sitting import Paper, Room, Sat
from train.evaluation.store import INFO, Store
from train.evaluation.summing import Summer
from train.evaluation.systems import Models, System
from train.fitting.interrupt import Interrupt
from train.using.opened import Opened

Say = Callable[[str], None]
Pairs = Sequence[tuple[str, str]]
_PACKAGES = ("torch", "transformers", "peft", "bitsandbytes", "sacrebleu", "rouge-score", "scikit-learn")
_KEY = "eval.metrics"


@dataclass(frozen=True, slots=True)
class Plan:
    """Which systems sit, in order, and which pairs of them are compared; `general`: those of general sets."""

    kind: Literal["eval", "quant-check"]
    systems: tuple[System, ...]
    pairs: Pairs
    general: tuple[str, ...]

    def of(self, exam: ExamSet) -> list[System]:
        return [s for s in self.systems if exam.kind == "split" or s.name in self.general]


def hold(opened: Opened, asked: Asked, plan: Plan, output: Path | None, say: Say) -> Evaluation:
    """The evaluation, computed but for what stands. `output`: its folder, one of the run's when None.

    Raises UsageError, RecipeError, MissingPackage, SourceError; Interrupted after Ctrl-C.
    """
    root = opened.workspace.root
    check(asked.metrics, root, _KEY)
    sets = _sets(opened, asked, say)
    machine = this_machine()
    models = Models(opened, machine.dtype)
    key = _key(asked, plan, sets, models)
    folder = folder_of(opened, asked, plan, key, output)
    interrupt = Interrupt()
    with interrupt:
        store, shots = _store(opened, folder), _shots(opened)
        room = Room(opened, store, models, machine.tokens_at_once, interrupt, say, shots)
        sat, absent = _sit(room, asked, plan, sets, say)
        chosen = [choose(asked.metrics, list(s.references.values()), root, _KEY) for s in sat]
        notes = list(_notes(machine, room, plan))
        return conclude(
            opened,
            asked,
            plan,
            store,
            key,
            list(zip(sat, chosen, strict=True)),
            absent,
            notes,
            models.weights,
        )


def conclude(
    opened: Opened,
    asked: Asked,
    plan: Plan,
    store: Store,
    key: str,
    sat: Sequence[tuple[Sat, Chosen]],
    absent: Mapping[str, str],
    notes: Sequence[str],
    weights: Mapping[str, int],
) -> Evaluation:
    """Marks what was handed in, writes it down, and removes the parts. `weights`: bytes by system."""
    machine = this_machine()
    marked = [(mark(each, chosen), chosen) for each, chosen in sat]
    results = [_result(m, c, plan, weights, opened.run.info.seed) for m, c in marked]
    info = EvalInfo(
        name=store.folder.name,
        run=opened.run.id,
        kind=plan.kind,
        key=key,
        dataset_version=opened.lock.dataset_version,
        settings=dict(asked.settings),
        device=machine.device,
        dtype=machine.dtype_name,
        packages=_versions(),
        signatures=next((c.signatures for _, c in marked), {}),
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        sets=tuple(results),
        absent=dict(absent),
        notes=(*notes, *_told(results)),
    )
    names = dict.fromkeys(n for m, c in marked for n in c.names if n not in m.of_sets)
    store.finish(
        [row for m, _ in marked for row in m.rows()],
        list(names),
        [row for m, _ in marked for row in m.loss_rows()],
        info.to_json(),
    )
    return load_evaluation(store.folder)


def _sets(opened: Opened, asked: Asked, say: Say) -> list[ExamSet]:
    found = [split_set(opened, asked.split, asked.limit)]
    for name, path in asked.general:
        found.append(general_set(opened, name, path, asked.limit, say))
    return found


def _sit(
    room: Room, asked: Asked, plan: Plan, sets: Sequence[ExamSet], say: Say
) -> tuple[list[Sat], dict[str, str]]:
    """System by system, so that each model is loaded once. A precision that this machine has not is absent,
    and said so; any other system that cannot be loaded is an error."""
    questions = [room.prepare(exam, asked.turns, asked.max_new_tokens) for exam in sets]
    papers: dict[str, list[Paper]] = {exam.name: [] for exam in sets}
    absent: dict[str, str] = {}
    for system in plan.systems:
        try:
            for question in questions:
                if system in plan.of(question.set):
                    papers[question.set.name].append(room.sit(question, system))
            if plan.kind == "quant-check":
                room.models.weigh(system)
        except RecipeError as error:
            if system.precision == "stored":
                raise
            absent[system.name] = error.problem
            say(f"{system.name}: left out: {error.problem}")
    room.models.release()
    return [Sat(question, tuple(papers[question.set.name])) for question in questions], absent


def _result(marked: Marked, chosen: Chosen, plan: Plan, weights: Mapping[str, int], seed: int) -> SetResult:
    sat, summer = marked.sat, Summer(marked, seed)
    systems = [_system(paper, summer, weights) for paper in sat.papers]
    names = {system.name for system in systems}
    general = plan.kind == "eval" and sat.set.kind == "general"
    comparisons = [summer.compare(a, b) for a, b in plan.pairs if {a, b} <= names]
    return SetResult(
        name=sat.set.name,
        kind=sat.set.kind,
        examples=len(sat.set.examples),
        groups=len(set(sat.set.groups.values())),
        max_new_tokens=sat.question.max_new_tokens,
        labels=chosen.labels,
        systems=tuple(systems),
        comparisons=tuple(comparisons),
        skipped=tuple(skip for paper in sat.papers for skip in paper.skipped),
        verdict=forgetting.verdict(comparisons[-1]) if general and comparisons else None,
    )


def _system(paper: Paper, summer: Summer, weights: Mapping[str, int]) -> SystemResult:
    shown = [len(prompt.shots) for prompt in paper.prompts.values()]
    return SystemResult(
        name=paper.system.name,
        answers=len(paper.answers),
        cut=sum(answer.finish == "length" for answer in paper.answers.values()),
        loss_from=paper.loss_from,
        shots=sum(shown) / len(shown) if paper.system.shots and shown else None,
        weights_bytes=weights.get(paper.system.name),
        figures=summer.figures(paper.system.name),
    )


def _key(asked: Asked, plan: Plan, sets: Sequence[ExamSet], models: Models) -> str:
    """Over what the figures depend on, but for metrics of the user's, whose code may change."""
    facts = [
        plan.kind,
        [[system.name, system.shots, models.state(system)] for system in plan.systems],
        [[exam.name, [[e.example_id, e.content_hash] for e in exam.examples]] for exam in sets],
        [asked.turns, asked.max_new_tokens, asked.metrics],
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def folder_of(opened: Opened, asked: Asked, plan: Plan, key: str, output: Path | None) -> Path:
    """Raises UsageError where `output` holds something else."""
    if output is None:
        prefix = "quant-" if plan.kind == "quant-check" else ""
        return opened.run.path / FOLDER / f"{prefix}{asked.split}-{key[:8]}"
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        ours = (output / INFO).is_file() or (output / "parts").is_dir()
        if not ours or ((output / INFO).is_file() and load_evaluation(output).info.run != opened.run.id):
            raise UsageError(
                f"{output}: holds something else already", "remove it, or name another place with --output"
            )
    return output


def _store(opened: Opened, folder: Path) -> Store:
    return Store(folder, [path for path in sorted((opened.run.path / FOLDER).glob("*")) if path.is_dir()])


def _shots(opened: Opened) -> Callable[[], Shots]:
    @cache
    def shots() -> Shots:
        version = opened.workspace.version(opened.lock.dataset_version)
        return Shots(version.examples("train"), sentence_encoder(opened.workspace))

    return shots


def _notes(machine: Machine, room: Room, plan: Plan) -> Iterator[str]:
    if any(system.shots for system in plan.systems):
        yield f"shots are the nearest training examples by {room.shots().way}"
    if machine.bf16:
        yield "answers are drawn in bfloat16, in batches: near ties may fall otherwise elsewhere"


def _told(results: Sequence[SetResult]) -> Iterator[str]:
    """Examples that were not asked, and answers that were cut."""
    for result in results:
        skipped = {skip.example_id for skip in result.skipped}
        if skipped:
            yield (
                f"{result.name}: {len(skipped)} examples were not asked (first: {min(skipped)}): "
                f"{result.skipped[0].reason}"
            )
        for system in result.systems:
            if system.cut:
                yield (
                    f"{result.name}: {system.cut} of {system.answers} answers of {system.name} were cut at "
                    f"{result.max_new_tokens} tokens"
                )


def _versions() -> Mapping[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
