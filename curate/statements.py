"""What annotators state: in force, for the next build, and in words, for people. See `schemas.statement`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from schemas.decision import Decision
from schemas.statement import Apart, Statement, Value, parse

Pair = tuple[str, str]
About = tuple[str, str, str, str]  # example or ANYWHERE, entity, salt, digest
ANYWHERE = ""  # stands where a statement holds for every example


@dataclass(frozen=True, slots=True)
class Stated:
    """`apart`: ids of examples that are no duplicates, the lower one first, and who says so. `values`:
    whether a value is personal data, and who says so."""

    apart: Mapping[Pair, str] = field(default_factory=dict)
    values: Mapping[About, tuple[bool, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, decisions: Iterable[Decision]) -> "Stated":
        """From a journal's decisions, oldest first. Where annotators contradict each other on a value, it is
        taken for personal data; one's own later word replaces the earlier."""
        apart: dict[Pair, str] = {}
        latest: dict[tuple[str, About], bool] = {}
        for decision, says in statements(decisions):
            if isinstance(says, Apart):
                apart[_pair(decision.example_id, says.other)] = decision.annotator
            elif isinstance(says, Value):
                place = decision.example_id if says.scope == "here" else ANYWHERE
                latest[decision.annotator, (place, says.entity, says.salt, says.digest)] = says.personal
        values: dict[About, tuple[bool, str]] = {}
        for (annotator, about), personal in sorted(latest.items(), key=lambda item: item[1]):
            values[about] = (personal, annotator)
        return cls(dict(sorted(apart.items())), dict(sorted(values.items())))


def statements(decisions: Iterable[Decision]) -> Iterator[tuple[Decision, Statement]]:
    """Of a journal's decisions, oldest first, the statements that were not undone."""
    listed = list(decisions)
    undone = {d.undoes for d in listed if d.undoes is not None}
    for decision in listed:
        says = decision.statement
        if says is not None and decision.seq not in undone:
            yield decision, says


def in_words(statement: Statement) -> str:
    """What it says of the example that it stands with; in place of its label wherever people read."""
    if isinstance(statement, Apart):
        return f"no duplicate of {statement.other}"
    if isinstance(statement, Value):
        what = "personal data" if statement.personal else "no personal data"
        where = "wherever it stands" if statement.scope == "everywhere" else "in this example"
        return f"the value taken for {statement.entity} is {what} {where}"
    a, b = _answers_of(statement.a), _answers_of(statement.b)
    if statement.better == "tie":
        return f"the answers of {a} and of {b} are equally good"
    better, worse = (a, b) if statement.better == "a" else (b, a)
    return f"the answer of {better} is better than that of {worse}"


def labels_in_words(labels: Iterable[str]) -> list[str]:
    """Labels as they are, statements in words."""
    return [in_words(found) if (found := parse(label)) else label for label in labels]


def _answers_of(name: str) -> str:
    """`adapter of RUN`, of `RUN/EVALUATION/SET/SYSTEM`."""
    parts = [unquote(part) for part in name.split("/")]
    return f"{parts[-1]} of {parts[0]}" if len(parts) > 1 else name


def _pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)
