"""The answers that evaluations stored, and which two systems can be compared by them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from urllib.parse import quote

from curate.workspace import Workspace
from schemas.errors import VersionError
from schemas.example import Example, Message, without_system
from train.evaluation.result import Evaluation, list_evaluations
from train.reporting.left_out import examples_of
from train.store import Run, list_runs

Key = tuple[str, int]  # the example, and the message that was to be answered


@dataclass(frozen=True)
class Answers:
    """What one system of one evaluation answered to one set, by example and turn."""

    run: Run
    evaluation: str
    set: str
    system: str
    predictions: Mapping[Key, str]
    references: Mapping[Key, str]

    @property
    def name(self) -> str:
        """As votes name it; each part quoted, so that it holds no colon and no slash of its own."""
        parts = (self.run.id, self.evaluation, self.set, self.system)
        return "/".join(quote(part, safe="") for part in parts)

    @property
    def title(self) -> str:
        return f"{self.system} of {self.run.id}"


@dataclass(frozen=True)
class Contest:
    """Two systems that answered the same questions: `b` is the newer one. `keys` are those that both
    answered, in different words; `same` is how many they answered alike."""

    a: Answers
    b: Answers
    keys: tuple[Key, ...]
    same: int


def contests(workspace: Workspace) -> list[Contest]:
    """Pairs with a question of one set in common, those of two runs first, then the newest. Raises RunError
    for damaged evaluations."""
    found = [one for run in list_runs(workspace) for one in _answers(run)]
    pairs = [_contest(a, b) for a, b in combinations(found, 2) if a.set == b.set]
    known = [(at, pair) for at, pair in enumerate(pairs) if pair.keys or pair.same]
    known.sort(key=lambda one: (one[1].a.run.id == one[1].b.run.id, -one[0]))
    return [pair for _, pair in known]


def prompts(contest: Contest) -> dict[Key, tuple[Message, ...]]:
    """What was asked, where the run's data still are: the conversation before the answer, without the system
    prompt. A set from outside the data has none here."""
    from train.auditing.audit import version_of

    try:
        version = version_of(contest.b.run)
    except VersionError:
        return {}
    wanted = list(dict.fromkeys(example_id for example_id, _ in contest.keys))
    examples: dict[str, Example] = {e.example_id: e for e in examples_of(version, wanted)}
    return {
        (name, turn): without_system(examples[name].messages[:turn])
        for name, turn in contest.keys
        if name in examples
    }


def _answers(run: Run) -> Iterator[Answers]:
    for evaluation in list_evaluations(run):
        yield from _of_evaluation(run, evaluation)


def _of_evaluation(run: Run, evaluation: Evaluation) -> Iterator[Answers]:
    table = evaluation.generations()
    for (name, system), rows in table.groupby(["set", "system"], sort=False):
        answered = rows[rows["prediction"].notna()]
        keys: Sequence[Key] = list(zip(answered["example_id"], answered["turn"].astype(int), strict=True))
        yield Answers(
            run,
            evaluation.info.name,
            str(name),
            str(system),
            dict(zip(keys, answered["prediction"], strict=True)),
            dict(zip(keys, answered["reference"], strict=True)),
        )


def _contest(a: Answers, b: Answers) -> Contest:
    both = [key for key in a.predictions if key in b.predictions]
    differ = tuple(key for key in both if a.predictions[key].strip() != b.predictions[key].strip())
    return Contest(a, b, differ, len(both) - len(differ))
