"""The change set as groups that are put back whole: each changed row is in one.

A row that was written anew in its source has another id: one row went and one came. Such two are paired, by
an equal question, else an equal answer, else the line, and share a group. The rule, for what `by` names:

1. `reviewer`: who decided it, where a person did
2. `stage`: else the stage that did it, where one did
3. `source`: else the source that it stands in
4. `cluster`: where neither a person nor a stage did it, groups of more than MOST rows are divided by topic,
   k-means over the TF-IDF of their texts

What one person did, or one stage, is one deed and one group, however large: a topic tells texts apart and no
causes. What nothing named says anything of is one group, `the rest`.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from schemas.example import Example
from schemas.ledger import SIFTUNE
from train.auditing.changes import Changes
from train.auditing.slicing import topics

if TYPE_CHECKING:
    import pandas as pd

By = Literal["stage", "source", "reviewer", "cluster"]
BY: tuple[By, ...] = get_args(By)
MOST = 80  # rows of a group that is not divided
_REST = "the rest"


@dataclass(frozen=True, slots=True)
class Group:
    """`rows`: ids of changed examples, in both versions. `kinds`: how many of each kind of change.
    `suspicion`: the mean rank of its training rows among the audit's suspects, 0 without one."""

    name: str
    rows: tuple[str, ...]
    kinds: Mapping[str, int]
    suspicion: float


def groups(
    changes: Changes, suspects: "pd.DataFrame", by: Sequence[By] = BY, most: int = MOST
) -> list[Group]:
    """The most suspect first, equal ones by name."""
    rows = {row["example_id"]: row for row in changes.table.to_dict("records")}
    if not rows:
        return []
    units = _units(changes, rows)
    causes: dict[_Cause, list[tuple[str, ...]]] = defaultdict(list)
    for unit in units:
        causes[_cause([rows[name] for name in unit], by)].append(unit)
    named: dict[str, tuple[str, ...]] = {}
    for cause, own in causes.items():
        told = "cluster" not in by or cause.by in ("reviewer", "stage")
        divided = {"": own} if told else _divided(changes, own, most)
        for topic, part in divided.items():
            name = f"{cause.name} · {topic}" if topic else cause.name
            named[name] = tuple(sorted(one for unit in part for one in unit))
    rank = dict(zip(suspects["example_id"], suspects["rank"], strict=True)) if len(suspects) else {}
    found = [Group(name, own, _kinds(own, rows), _suspicion(own, rank)) for name, own in named.items()]
    return sorted(found, key=lambda one: (-one.suspicion, one.name))


def _units(changes: Changes, rows: Mapping[str, Mapping[Hashable, Any]]) -> list[tuple[str, ...]]:
    """Changed rows alone, and rows that went with those that came for them."""
    gone = {name: changes.before[name] for name, row in rows.items() if _from_source(row, "removed")}
    come = {name: changes.after[name] for name, row in rows.items() if _from_source(row, "added")}
    pairs: dict[str, str] = {}
    for alike in _ALIKE:
        free: dict[Hashable, list[str]] = defaultdict(list)
        for name, example in come.items():
            free[alike(example)].append(name)
        for name in list(gone):
            if waiting := free[alike(gone[name])]:
                pairs[name] = waiting.pop(0)
                del come[pairs[name]], gone[name]
    paired = set(pairs.values())
    return [(name, pairs[name]) if name in pairs else (name,) for name in rows if name not in paired]


def _from_source(row: Mapping[Hashable, Any], kind: str) -> bool:
    """Whether a row went or came by the sources' doing, and no stage's."""
    return bool(row["kind"] == kind and row["stage"] == "import")


_ALIKE: tuple[Callable[[Example], Hashable], ...] = (
    lambda one: (one.source, one.prompt),
    lambda one: (one.source, one.answer),
    lambda one: (one.source, one.line),
)


@dataclass(frozen=True, slots=True)
class _Cause:
    """`by`: what the ledger tells it by, None where it tells nothing that was asked for."""

    name: str
    by: By | None


def _cause(unit: Sequence[Mapping[Hashable, Any]], by: Sequence[By]) -> _Cause:
    """Of its first row."""
    row = unit[0]
    actor, stage = row["actor"], row["stage"]
    if "reviewer" in by and isinstance(actor, str) and actor != SIFTUNE:
        return _Cause(f"reviewer {actor}", "reviewer")
    if "stage" in by and isinstance(stage, str) and stage != "import":
        return _Cause(f"stage {stage}", "stage")
    if "source" in by:
        return _Cause(f"source {row['source']}", "source")
    return _Cause(_REST, None)


def _divided(changes: Changes, units: list[tuple[str, ...]], most: int) -> dict[str, list[tuple[str, ...]]]:
    """By topic, where they are more than `most` and their texts fall into topics."""
    if len(units) <= most:
        return {"": units}
    texts = [" ".join(_text(changes, name) for name in unit) for unit in units]
    found = topics(texts, max(2, round(len(units) / most)))
    divided: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for name, member in found:
        divided[name] += [units[at] for at in np.flatnonzero(member)]
    return divided or {"": units}


def _text(changes: Changes, name: str) -> str:
    sides = (of.get(name) for of in (changes.before, changes.after))
    return " ".join(_words(one) for one in sides if one is not None)


def _words(one: Example) -> str:
    """None of a row whose text may not be shown: a topic is named by words."""
    return f"{one.prompt}\n{one.answer}" if one.may_be_shown else ""


def _kinds(own: Sequence[str], rows: Mapping[str, Mapping[Hashable, Any]]) -> dict[str, int]:
    counted: dict[str, int] = defaultdict(int)
    for name in own:
        counted[rows[name]["kind"]] += 1
    return dict(sorted(counted.items(), key=lambda pair: -pair[1]))


def _suspicion(own: Sequence[str], rank: Mapping[str, float]) -> float:
    known = [rank[name] for name in own if name in rank]
    return float(np.mean(known)) if known else 0.0
