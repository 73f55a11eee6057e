"""What a plan says of a classification: its classes, how even they are, and what its rows lose.

The rows are those of `train.classifying.rows.prepare`, which a run trains on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.example import Example
from schemas.recipe import Train
from schemas.visible import visible
from train.classifying.classes import Classes, look_alike
from train.classifying.rows import ClassRow, prepare
from train.plan.findings import Finding, cut, left_out, unknown
from train.plan.masks import Masked, Piece
from train.template import Tokenizer
from train.tokens import Prepared

_UNEVEN = 3.0
"""From so many times the smallest class on, accuracy says little of it."""
_FEW = 10


@dataclass(frozen=True, slots=True)
class ClassBar:
    """Rows of a class that can be trained on or measured, by split."""

    name: str
    train: int
    validation: int
    test: int


@dataclass(frozen=True, slots=True)
class Classified:
    """The rows of a classification, looked at."""

    prepared: Prepared[ClassRow]
    classes: Classes
    bars: tuple[ClassBar, ...]


def look(examples: Sequence[Example], tokenizer: Tokenizer, train: Train) -> Classified:
    """Raises UsageError as a run would: no classes, one, or free text."""
    prepared, classes = prepare(examples, tokenizer, train.max_length, train.labels)
    return Classified(prepared, classes, tuple(_bars(prepared, classes)))


def find(looked: Classified, train: Train, vocabulary: int) -> list[Finding]:
    """All that is to be said of the rows, warnings first."""
    found = [
        *cut(looked.prepared.rows, train.max_length),
        *left_out(looked.prepared.untrainable),
        *unknown(looked.prepared.rows, vocabulary),
        *(Finding("template", "warning", note) for note in looked.prepared.notes),
        *_uneven(looked, train),
        *_thin(looked),
    ]
    return sorted(found, key=lambda finding: finding.level != "warning")


def rendered(
    rows: Sequence[ClassRow], classes: Classes, tokenizer: Tokenizer, count: int
) -> tuple[Masked, ...]:
    """The first rows as the model reads them, the class at the end as what is trained."""
    return tuple(
        Masked(
            example_id=row.example_id,
            pieces=(
                Piece(visible(tokenizer.decode(list(row.input_ids))), False),
                Piece(visible(classes.names[row.label]), True),
            ),
            prompt=len(row),
            trained=1,
            cut=row.n_cut,
        )
        for row in rows[:count]
    )


def _bars(prepared: Prepared[ClassRow], classes: Classes) -> Iterable[ClassBar]:
    counts = {(row.split, label): 0 for row in prepared.rows for label in range(len(classes))}
    for row in prepared.rows:
        counts[row.split, row.label] += 1
    for label, name in enumerate(classes.names):
        yield ClassBar(name, *(counts.get((split, label), 0) for split in ("train", "validation", "test")))


def _uneven(looked: Classified, train: Train) -> Iterable[Finding]:
    """A model that always says the largest class looks good by its accuracy."""
    counts = {bar.name: bar.train for bar in looked.bars if bar.train}
    largest, smallest = max(counts, key=lambda n: counts[n]), min(counts, key=lambda n: counts[n])
    times, share = counts[largest] / counts[smallest], counts[largest] / sum(counts.values())
    if times < _UNEVEN:
        return
    mend = (
        "train.class_weights: balanced lets them count alike"
        if train.class_weights is None
        else "train.class_weights lets them count alike"
    )
    yield Finding(
        "uneven classes",
        "warning" if train.class_weights is None else "note",
        f"{largest!r} has {times:.1f} times the train rows of {smallest!r}: whoever always says it is right "
        f"in {share:.0%}, so read macro-F1 beside accuracy; {mend}",
    )


def _thin(looked: Classified) -> Iterable[Finding]:
    empty = [bar.name for bar in looked.bars if not bar.train]
    if empty:
        yield Finding("class", "warning", f"no train row has the class {_names(empty)}: it cannot be learnt")
    few = [f"{bar.name} {bar.train}" for bar in looked.bars if 0 < bar.train < _FEW]
    if few:
        yield Finding(
            "class",
            "warning",
            f"{len(few)} classes have fewer than {_FEW} train rows: {', '.join(few[:_FEW])}",
        )
    for alike in look_alike(looked.classes):
        yield Finding(
            "class", "warning", f"{_names(alike)} differ in case or punctuation alone: are they one class?"
        )
    for split in ("validation", "test"):
        missing = [bar.name for bar in looked.bars if bar.train and not getattr(bar, split)]
        if missing and len(missing) < len(looked.bars):
            yield Finding(
                "class", "note", f"no {split} row has the class {_names(missing)}: it is not tested"
            )


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FEW:,} more" if len(names) > _FEW else ""
    return ", ".join(repr(name) for name in names[:_FEW]) + more
