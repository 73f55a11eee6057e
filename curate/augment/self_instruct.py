"""The strategy `self_instruct`: a new conversation in the manner of a few recorded ones with the same tag.

After Wang et al. 2023, "Self-Instruct: Aligning Language Models with Self-Generated Instructions": a few
seeds are shown, and what comes back too like one of them is refused. A new example stands in the group of the
seed that it counts as a child of; all seeds are train rows, so no group reaches another split.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curate.augment.alike import plain, similarity
from curate.augment.answers import Body, manner, read
from curate.augment.prompts import Prompt
from curate.augment.strategy import LONGEST_TEXT, Wanted, conversation, request, size_of
from curate.augment.tongue import NAMES, foreign
from curate.augment.verdict import Judgement, Passed, Refused
from curate.llm import Answer, Request
from schemas.example import Example, Message, canonical_text

SHORTEST, LONGEST = 0.25, 4.0  # times the characters of the shortest and of the longest seed
MAX_SIMILARITY = 0.7  # to any seed, of character 3-grams; Self-Instruct's limit is ROUGE-L 0.7
_ROOM = 2  # times the bytes of the longest seed
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"user": {"type": "string"}, "assistant": {"type": "string"}},
    "required": ["user", "assistant"],
    "additionalProperties": False,
}


class _Conversation(Body):
    user: str
    assistant: str


class SelfInstruct:
    """`seeds` counts the parent too."""

    name = "self_instruct"
    invents = True
    requests = 1

    def __init__(self, prompt: Prompt, children: int, seeds: int) -> None:
        self.prompt = prompt.version
        self.children = children
        self.beside = seeds - 1
        self._text = prompt.text

    def obstacle(self, wanted: Wanted, beside: Sequence[int] = ()) -> str | None:
        if not wanted.parent.prompt.strip() or not wanted.parent.answer.strip():
            return "no_user_turn" if not wanted.parent.prompt.strip() else "no_answer"
        if not beside:
            return "no_seeds"
        return "too_long" if _length(wanted.parent) + sum(beside) > LONGEST_TEXT else None

    def first(self, wanted: Wanted) -> Request:
        payload = {
            "variant": wanted.sample + 1,
            "examples": [conversation(seed.messages) for seed in _seeds(wanted)],
        }
        size = _ROOM * max(size_of(seed.prompt + seed.answer) for seed in _seeds(wanted))
        return request(self._text, payload, _SCHEMA, size, wanted.sample)

    def judge(self, wanted: Wanted, _: int, answer: Answer) -> Judgement:
        body = read(answer, _Conversation)
        if isinstance(body, Refused):
            return body
        user, assistant = canonical_text(body.user), canonical_text(body.assistant)
        if not user or not assistant:
            return Refused("empty", "a turn is empty")
        if plain(user) == plain(assistant):
            return Refused("unchanged", "the answer repeats the question")
        seeds = _seeds(wanted)
        said = [m.content for seed in seeds for m in seed.messages]
        refused = manner([user, assistant], said) or _size(user + assistant, seeds)
        if refused is not None:
            return refused
        code = foreign("\n".join(said), f"{user}\n{assistant}")
        if code is not None:
            return Refused("language", f"it is in {NAMES.get(code, code)}; keep the examples' language")
        score = max(similarity(seed.prompt, user) for seed in seeds)
        if score > MAX_SIMILARITY:
            words = "it is one of the examples in other words; ask for something else"
            return Refused("too_similar", words, score, MAX_SIMILARITY)
        return Passed((Message("user", user), Message("assistant", assistant)), score)

    def about(self, wanted: Wanted) -> Mapping[str, Any]:
        return {"seeds": [seed.example_id for seed in _seeds(wanted)]}


@dataclass(frozen=True, slots=True)
class Seed:
    """A row that may be shown, its id, and how many characters it has."""

    row: int
    example_id: str
    size: int


class SeedRing:
    """Train rows by tag, each tag's in the order of a hash. The seeds beside a parent are those that follow a
    place of its own in the ring, so that a new row changes the seeds of few others."""

    def __init__(self) -> None:
        self._rings: dict[str, list[tuple[str, Seed]]] = {}
        self._sorted = True

    def add(self, row: int, example: Example) -> None:
        if example.prompt.strip() and example.answer.strip():
            seed = Seed(row, example.example_id, _length(example))
            self._rings.setdefault(_tag(example), []).append((_place(example.example_id), seed))
            self._sorted = False

    def beside(self, parent: Example, sample: int, count: int) -> tuple[Seed, ...]:
        if not self._sorted:
            for each in self._rings.values():
                each.sort(key=lambda entry: entry[0])
            self._sorted = True
        ring = self._rings.get(_tag(parent), [])
        start = bisect_left(ring, _place(f"{parent.example_id}/{sample}"), key=lambda entry: entry[0])
        found: dict[str, Seed] = {}
        for offset in range(len(ring)):
            seed = ring[(start + offset) % len(ring)][1]
            if len(found) == count:
                break
            if seed.example_id != parent.example_id:
                found.setdefault(seed.example_id, seed)
        return tuple(found.values())


def _seeds(wanted: Wanted) -> tuple[Example, ...]:
    return (wanted.parent, *wanted.beside)


def _tag(row: Example) -> str:
    return row.tags[0] if row.tags else ""


def _place(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _length(seed: Example) -> int:
    return sum(len(m.content) for m in seed.messages)


def _size(text: str, seeds: Sequence[Example]) -> Refused | None:
    lengths = [len(seed.prompt) + len(seed.answer) for seed in seeds]
    if len(text) > LONGEST * max(lengths):
        return Refused("length", "it is much longer than the examples", len(text) / max(lengths), LONGEST)
    if len(text) < SHORTEST * min(lengths):
        return Refused("length", "it is much shorter than the examples", len(text) / min(lengths), SHORTEST)
    return None
