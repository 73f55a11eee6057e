"""All that can be known of a run before it: rows, mask, course, memory, settings.

tokenizer + config + version → rows → course → memory by way and GPU → habits
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.errors import MissingPackage, RecipeError
from schemas.recipe import Train
from train.fitting.compute import Compute, choose
from train.fitting.model import Base, find_base, load_tokenizer
from train.fitting.remarks import remarks
from train.plan.classes import ClassBar, look, rendered
from train.plan.classes import find as find_classified
from train.plan.course import Course, compute_on, course
from train.plan.findings import Finding, Lengths, find, lengths
from train.plan.gpus import find_gpu
from train.plan.habits import Habit, unusual
from train.plan.masks import Masked, first
from train.plan.setup import Way, way_of
from train.plan.shape import Shape, read_shape
from train.plan.sizes import Kept, Memory, Room, Sizes
from train.rows import Row
from train.tokens import Prepared, TokenRow, prepare

_UNCUT = 2**31 - 1
_REFERENCE = "H100"  # for memory by part where no GPU is at hand or named: one with bfloat16


@dataclass(frozen=True, slots=True)
class Outline:
    """A plan. `course` is for `compute`, and memory for the GPU that `memory_on` names. `counts` are the rows
    of each split that can be trained on, `classes` those of a classification."""

    version: str
    model: str
    train: Train
    shape: Shape
    compute: Compute
    memory_on: str
    counts: dict[str, int]
    tokens: dict[str, int]
    lengths: Lengths
    findings: tuple[Finding, ...]
    classes: tuple[ClassBar, ...]
    course: Course
    memory: tuple[Memory, ...]
    kept: tuple[Kept, ...]
    rooms: tuple[Room, ...]
    habits: tuple[Habit, ...]
    examples: tuple[Masked, ...]

    @property
    def way(self) -> Way:
        return way_of(self.train)

    @property
    def warnings(self) -> int:
        """What `--strict` counts."""
        return sum(f.level == "warning" for f in self.findings) + sum(
            h.level == "warning" for h in self.habits
        )


def outline(
    version: str | None = None, *, recipe: Path = Path("recipe.yaml"), gpu: str | None = None, show: int = 3
) -> Outline:
    """The plan of `train run` with the recipe as it stands. `gpu` names one of the table to plan the course
    for; else it is the machine at hand. `show` examples are rendered.

    Only the tokenizer's and the config's files are read, or fetched for a hub name. Raises RecipeError,
    UsageError and VersionError as a run would.
    """
    chosen = find_gpu(gpu) if gpu is not None else None
    workspace = Workspace.open(recipe)
    train = workspace.recipe.train
    if train is None:
        raise RecipeError(
            f"{recipe}: no `train` section", "add one: `train: {model: …}`; see `curate init DIR`"
        )
    opened = workspace.version(version)
    base = find_base(workspace, train)
    tokenizer, config = load_tokenizer(base), _config(base)
    looked = _looked(opened, tokenizer, train, config, show)
    shape, prepared, rows = looked.shape, looked.prepared, looked.prepared.of("train")
    if not rows:
        raise RecipeError(
            f"{opened.version}: no train example can be trained on",
            "look at its splits with `curate versions`, and at train.max_length",
        )
    compute = compute_on(train, chosen, flash=False) if chosen else choose(train)
    planned = course(train, rows, compute, workspace.recipe.seed)
    on = chosen or find_gpu(_REFERENCE)
    sizes = Sizes(
        shape, train, course(train, rows, compute_on(train, on, flash=False), workspace.recipe.seed)
    )
    return Outline(
        version=opened.version,
        model=train.model,
        train=train,
        shape=shape,
        compute=compute,
        memory_on=on.name,
        counts={split: len(prepared.of(split)) for split in ("train", "validation", "test")},
        tokens={"total": prepared.counts.total, "trained": prepared.counts.trained},
        lengths=lengths(rows),
        findings=(*looked.findings, *(Finding("settings", "note", line) for line in remarks(train))),
        classes=looked.classes,
        course=planned,
        memory=sizes.by_way(on),
        kept=sizes.by_choice(on),
        rooms=sizes.rooms(),
        habits=tuple(
            unusual(
                workspace.recipe,
                train,
                examples=len(rows),
                validation=len(prepared.of("validation")),
                steps=planned.schedule.total_steps,
            )
        ),
        examples=looked.examples,
    )


@dataclass(frozen=True, slots=True)
class _Looked:
    """The model's shape and the data's rows, and what is to be said of them."""

    shape: Shape
    prepared: Prepared[Row]
    findings: list[Finding]
    examples: tuple[Masked, ...]
    classes: tuple[ClassBar, ...] = ()


def _looked(version: DatasetVersion, tokenizer: Any, train: Train, config: Any, show: int) -> _Looked:
    if train.task == "classification":
        looked = look(version.examples(), tokenizer, train)
        shape = read_shape(config, len(looked.classes))
        rows = looked.prepared.of("train")
        return _Looked(
            shape,
            looked.prepared,
            find_classified(looked, train, shape.vocabulary),
            rendered(rows, looked.classes, tokenizer, show),
            looked.bars,
        )
    shape = read_shape(config)
    prepared, findings = _rows(version, tokenizer, train, shape.vocabulary)
    return _Looked(shape, prepared, findings, first(prepared.of("train"), tokenizer, show))


def _rows(
    version: DatasetVersion, tokenizer: Any, train: Train, vocabulary: int
) -> tuple[Prepared[TokenRow], list[Finding]]:
    examples = version.examples()
    prepared = prepare(examples, tokenizer, train.max_length, train.turn_weights)
    cut = prepared.counts.truncated
    whole = prepare(examples, tokenizer, _UNCUT, train.turn_weights) if cut else prepared
    return prepared, find(examples, prepared, whole, tokenizer, vocabulary)


def _config(base: Base) -> Any:
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(base.name, local_files_only=base.local)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise RecipeError(
            f"train.model: the config of {base.name!r} cannot be loaded: {reason}",
            "check the name and the network, or name a local folder",
        ) from None


def need_packages() -> None:
    """Raises MissingPackage for what a plan needs of the training packages."""
    from importlib.util import find_spec

    for name in ("torch", "transformers"):
        if find_spec(name) is None:
            raise MissingPackage.of(name, "train", "planning")
