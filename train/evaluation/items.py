"""What is asked: sets of examples, and the answers in them that a model is to give itself.

A prompt is the conversation up to an assistant's turn, as the data has it, so that every system answers the
same question; `turns: last` asks for the last answer only, `all` for each.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from curate.reading import read_source
from schemas.errors import UsageError
from schemas.evaluation import Turns
from schemas.example import Example, Message
from train.using.opened import Opened

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Item:
    """One answer to be given: that of message `turn` of the example."""

    example: Example
    turn: int

    @property
    def before(self) -> tuple[Message, ...]:
        return self.example.messages[: self.turn]

    @property
    def reference(self) -> Message:
        return self.example.messages[self.turn]


@dataclass(frozen=True, slots=True)
class ExamSet:
    """`name` is the split's, or the general set's path."""

    name: str
    kind: Literal["split", "general"]
    examples: tuple[Example, ...]

    def items(self, turns: Turns) -> Iterator[Item]:
        for example in self.examples:
            answers = [i for i, m in enumerate(example.messages) if m.role == "assistant" and i]
            for turn in answers if turns == "all" else answers[-1:]:
                yield Item(example, turn)

    @property
    def groups(self) -> dict[str, str]:
        """What is resampled together, by example id."""
        return {e.example_id: e.group_id or e.example_id for e in self.examples}


def split_set(opened: Opened, split: str, limit: int | None) -> ExamSet:
    """A split of the version that the run was trained on. Raises UsageError where it is empty."""
    version = opened.workspace.version(opened.lock.dataset_version)
    examples = version.examples(split)
    if not examples:
        raise UsageError(
            f"the {split} split of version {version.version} is empty",
            f"use one of: {', '.join(name for name, n in version.splits.items() if n)}",
        )
    return ExamSet(split, "split", _first(examples, limit))


def general_set(opened: Opened, name: str, path: str, limit: int | None, say: Say) -> ExamSet:
    """A set from outside the data. An example without a system prompt gets the run's, as `train chat` gives
    it: that is how the adapter will be asked. Raises SourceError, UsageError where it holds nothing."""
    examples = read_source(opened.workspace, path, say)
    if not examples:
        raise UsageError(f"{path}: no examples", "name a file of conversations, as in the recipe's sources")
    prompt = opened.system_prompt
    asked = [_prompted(example, prompt) for example in _first(examples, limit)] if prompt else None
    return ExamSet(name, "general", tuple(asked) if asked else _first(examples, limit))


def _prompted(example: Example, prompt: str) -> Example:
    if example.messages[0].role == "system":
        return example
    return replace(example, messages=(Message("system", prompt), *example.messages))


def _first(examples: Sequence[Example], limit: int | None) -> tuple[Example, ...]:
    """By id, which is a hash: with a limit, the same ones every time, and no particular ones."""
    return tuple(sorted(examples, key=lambda e: e.example_id)[:limit])
