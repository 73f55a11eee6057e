"""Which class an example has, and which classes there are.

The class is the text of the last assistant message, without the white space around it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schemas.errors import UsageError
from schemas.example import Example
from train.tokens import Untrainable

MANY = 20
"""So many classes are never too many. Above, classes of which most have one example look like free text."""
_SHOWN, _CHARACTERS = 8, 60


@dataclass(frozen=True, slots=True)
class Classes:
    """`names` in the order of their ids. `given`: the recipe names them; else they are the train split's, in
    the order of their text. `counts` are train examples by class."""

    names: tuple[str, ...]
    given: bool
    counts: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def ids(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names)}

    @property
    def weights(self) -> tuple[float, ...]:
        """What an example of each class counts for where all classes shall count alike: examples ÷ (classes ×
        examples of the class), as scikit-learn's `balanced`. A class without examples counts for nothing."""
        share = sum(self.counts) / sum(n > 0 for n in self.counts)
        return tuple(share / n if n else 0.0 for n in self.counts)


def answer_at(example: Example) -> int | None:
    """The index of the last assistant message; None where there is none."""
    return next(
        (i for i in reversed(range(len(example.messages))) if example.messages[i].role == "assistant"), None
    )


def class_of(example: Example) -> str | Untrainable:
    """The text of the class, or why there is none."""
    at = answer_at(example)
    if at is None:
        return _without(example, "no assistant message, so no class")
    return example.messages[at].content.strip() or _without(example, "its last answer is empty, so no class")


def find_classes(examples: Sequence[Example], labels: Sequence[str]) -> Classes:
    """The classes that `labels` name, else those of the train split. Raises UsageError where these are not
    what one can tell apart: none, one, or nearly as many as there are examples."""
    found = [class_of(e) for e in examples if e.split == "train"]
    counts = Counter(name for name in found if isinstance(name, str))
    if labels:
        classes = Classes(tuple(labels), True, tuple(counts[name] for name in labels))
    else:
        names = sorted(counts)
        classes = Classes(tuple(names), False, tuple(counts[name] for name in names))
    _check(classes, counts)
    return classes


def said(classes: Classes) -> Iterator[str]:
    """The classes, how even they are, and which look like one spelt twice."""
    whose = "of train.labels" if classes.given else "read from the train split"
    yield f"{len(classes)} classes, {whose}: {_listed(classes)}"
    empty = [name for name, n in zip(classes.names, classes.counts, strict=True) if not n]
    if empty:
        yield f"no train example has the class {_names(empty)}: it cannot be learnt"
    for alike in look_alike(classes):
        yield f"the classes {_names(alike)} differ in case or punctuation alone: are they one?"


def look_alike(classes: Classes) -> list[tuple[str, ...]]:
    """Classes that are the same but for case, punctuation and spaces."""
    groups: dict[str, list[str]] = {}
    for name in classes.names:
        folded = "".join(c for c in name.casefold() if c.isalnum()) or name
        groups.setdefault(folded, []).append(name)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def unknown(example: Example, name: str, classes: Classes) -> Untrainable:
    """An example of a class that is not among those that are trained."""
    where = "none of train.labels" if classes.given else "not a class of the train split"
    return _without(example, f"its answer is {where} ({_short(name)!r})")


def _check(classes: Classes, counts: Counter[str]) -> None:
    total = sum(counts.values())
    single = sum(n == 1 for n in classes.counts)
    if not classes.given and len(classes) > MANY and 2 * single > len(classes):
        raise UsageError(
            f"train.task is classification, but the {total:,} answers of the train split are "
            f"{len(classes):,} different texts (such as {_short(classes.names[0])!r}): "
            "this looks like generation",
            "leave train.task out, or name the classes: `train: {labels: [..]}`",
        )
    present = [name for name, n in zip(classes.names, classes.counts, strict=True) if n]
    if not present:
        which = f" of {_names(classes.names)}" if classes.given else ""
        raise UsageError(
            f"no answer of the train split is a class{which}",
            "the class is the text of the last assistant message: look at one with `curate show`",
        )
    if len(present) == 1:
        raise UsageError(
            f"all train examples with an answer have the class {_short(present[0])!r}: nothing to tell apart",
            "add examples of another class, or look at the split with `curate versions`",
        )


def _without(example: Example, reason: str) -> Untrainable:
    return Untrainable(example.example_id, example.split or "", reason)


def _listed(classes: Classes) -> str:
    pairs = list(zip(classes.names, classes.counts, strict=True))
    listed = ", ".join(f"{_short(name)} {n:,}" for name, n in pairs[:_SHOWN])
    return f"{listed} and {len(pairs) - _SHOWN:,} more" if len(pairs) > _SHOWN else listed


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(repr(_short(name)) for name in names[:_SHOWN]) + more


def _short(name: str) -> str:
    line = " ".join(name.split())
    return line if len(line) <= _CHARACTERS else f"{line[: _CHARACTERS - 1]}…"
