"""A trained head asked: conversations in, a class and the probability of each out.

Lines are text, one message of a user each, or JSON: an object with `messages`, or with `text` or `prompt`.
They go in as in training: under its system prompt, by its template, cut as it cuts.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from schemas.example import ROLES, Message, without_system
from train.classifying.rows import Asked, ask, encode
from train.template import RowError
from train.using.opened import Opened

_KEYS = ("messages", "text", "prompt")


class LineError(ValueError):
    """A line that cannot be read as a conversation; the message says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a line is. `probabilities` by class, in the order of their ids; `n_cut` tokens were cut out."""

    line: int
    label: str
    probability: float
    probabilities: dict[str, float]
    n_tokens: int
    n_cut: int

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Refused:
    """A line without a verdict, and why."""

    line: int
    error: str

    def to_dict(self) -> dict[str, Any]:
        return {"line": self.line, "error": self.error}


@dataclass(frozen=True, slots=True)
class Classifier:
    """A run's model with its head, loaded for use."""

    opened: Opened
    model: Any

    def classify(self, lines: Iterable[str], *, batch: int) -> Iterator[Verdict | Refused]:
        """One for each line, in their order. `batch` lines go through the model at once.

        Where the first line is a JSON object, all must be.
        """
        numbered = enumerate(lines, start=1)
        as_json: bool | None = None
        while some := list(islice(numbered, batch)):
            if as_json is None:
                as_json = _is_object(some[0][1])
            yield from self._verdicts([self._asked(number, line, as_json) for number, line in some])

    def _asked(self, number: int, line: str, as_json: bool) -> "tuple[int, Asked] | Refused":
        try:
            messages = self._under_prompt(_messages(line) if as_json else _text(line))
            return number, ask(messages, self.opened.template, self.opened.tokenizer, None)
        except (LineError, RowError) as error:
            return Refused(number, str(error))

    def _under_prompt(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        """Under the system prompt of training; where the rows kept their own, under this one's own."""
        prompt = self.opened.system_prompt
        if not prompt:
            return messages
        return (Message("system", prompt), *without_system(messages))

    def _verdicts(self, asked: "Sequence[tuple[int, Asked] | Refused]") -> Iterator[Verdict | Refused]:
        waiting = [one for one in asked if not isinstance(one, Refused)]
        encoded = encode([one for _, one in waiting], self.opened.tokenizer, self.opened.settings.max_length)
        made = dict(zip((number for number, _ in waiting), encoded, strict=True))
        rows = {number: row for number, row in made.items() if not isinstance(row, str)}
        chances = self._probabilities([ids for ids, _ in rows.values()])
        found = dict(zip(rows, chances, strict=True))
        names = self.opened.lock.labels
        for one in asked:
            if isinstance(one, Refused):
                yield one
                continue
            number, row = one[0], made[one[0]]
            if isinstance(row, str):
                yield Refused(number, row)
                continue
            by_class = dict(zip(names, found[number], strict=True))
            likeliest = max(by_class, key=lambda name: by_class[name])
            yield Verdict(number, likeliest, by_class[likeliest], by_class, len(row[0]), row[1])

    def _probabilities(self, texts: Sequence[Sequence[int]]) -> list[list[float]]:
        """Of each class, for each text."""
        import torch

        from train.classifying.head import padded

        if not texts:
            return []
        device = next(self.model.parameters()).device
        with torch.no_grad():
            logits = self.model(**padded(texts, self.opened.tokenizer.pad_token_id, device)).logits
        chances: list[list[float]] = logits.float().softmax(-1).tolist()
        return chances


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except json.JSONDecodeError:
        return False


def _text(line: str) -> tuple[Message, ...]:
    text = line.strip()
    if not text:
        raise LineError("the line is empty")
    return (Message("user", text),)


def _messages(line: str) -> tuple[Message, ...]:
    """The conversation up to its last answer, where it has one at its end: that would be the class."""
    try:
        found = json.loads(line)
    except json.JSONDecodeError as error:
        raise LineError(f"not JSON ({error.msg} at character {error.pos})") from None
    key = next((key for key in _KEYS if isinstance(found, dict) and key in found), None)
    if key is None:
        raise LineError(f"no object with one of {', '.join(_KEYS)}")
    if key != "messages":
        return _text(str(found[key]))
    try:
        messages = tuple(Message.from_dict(fields) for fields in found[key])
    except (KeyError, TypeError):
        raise LineError("messages are not a list of objects with role and content") from None
    if any(m.role not in ROLES or not isinstance(m.content, str) for m in messages):
        raise LineError(f"a message needs text, and a role of {', '.join(ROLES)}")
    return messages[:-1] if messages and messages[-1].role == "assistant" else messages
