"""Rows of the dataset before they have a file: scripted conversations and what stands around them."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from samples.jaccard import Index
from samples.shop import voice
from samples.shop.catalogue import FABLE, Catalogue
from samples.shop.facts import Facts, draw
from samples.shop.topics import BY_NAME, TOPICS

CLEAN_CEILING = 0.45  # no two clean rows are more similar than this


@dataclass(frozen=True, slots=True)
class Turn:
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Script:
    """What a conversation is about, and the seeds of its wording on either side.

    Two scripts with the same seeds and other facts are worded alike; the same facts under other
    seeds say the same in other words.
    """

    topics: tuple[str, ...]
    facts: Facts
    asking: int
    answering: int
    contexts: int


@dataclass(slots=True, eq=False)
class Row:
    """A conversation to be written. `system` and `contact` exist only in formats that can hold them."""

    turns: tuple[Turn, ...]
    topic: str
    script: Script | None = None
    customer: str | None = None
    system: str | None = None
    contact: str | None = None
    file: str | None = None

    @property
    def text(self) -> str:
        """What near duplicates are measured over."""
        return "\n".join(part for turn in self.turns for part in (turn.question, turn.answer))

    @property
    def words(self) -> int:
        return len(self.text.split())


def draw_script(rng: random.Random, here: Catalogue = FABLE) -> Script:
    """One to three turns at one shop; follow-ups stay with the product of the first."""
    first = rng.choice(TOPICS)
    topics = [first.name]
    for _ in range(rng.choices((0, 1, 2), weights=(78, 17, 5))[0]):
        options = [t.name for t in TOPICS if t.follow_ups and t.name not in topics and t.subject == "product"]
        if first.subject != "pair":
            topics.append(rng.choice(options))
    return Script(
        topics=tuple(topics),
        facts=draw(rng, first.subject, here),
        asking=rng.getrandbits(40),
        answering=rng.getrandbits(40),
        contexts=rng.choices((0, 1, 2), weights=(45, 42, 13))[0],
    )


def render(script: Script) -> tuple[Turn, ...]:
    first, *rest = (BY_NAME[name] for name in script.topics)
    asking, answering = random.Random(script.asking), random.Random(script.answering)
    matter = [first, *rest]
    questions = [_question(asking, script, first.questions)]
    questions += [voice.say(asking, asking.choice(topic.follow_ups), script.facts) for topic in rest]
    answers = [voice.say(answering, answering.choice(topic.answers), script.facts) for topic in matter]
    ends = voice.ANSWER_ENDS if script.contexts else voice.PLAIN_ANSWER_ENDS
    answers[-1] += " " + voice.say(answering, answering.choice(ends), script.facts)
    return tuple(Turn(q, a.strip()) for q, a in zip(questions, answers, strict=True))


def _question(rng: random.Random, script: Script, wordings: tuple[str, ...]) -> str:
    parts = [rng.choice(voice.OPENINGS)]
    parts += rng.sample(voice.CONTEXTS, script.contexts)
    parts += [rng.choice(wordings), rng.choice(voice.QUESTION_ENDS)]
    said = [voice.say(rng, part, script.facts) for part in parts]
    text = " ".join(part for part in said if part)
    return text[:1].upper() + text[1:]


class Clean:
    """Clean rows: every question and every answer once, and none similar to another by accident."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.index: Index[int] = Index()
        self._said: set[str] = set()

    def row(self, fits: Callable[[Row], bool] = lambda _: True) -> Row:
        """A new clean row for which `fits` holds."""
        while True:
            script = draw_script(self.rng)
            row = Row(render(script), script.topics[0], script)
            if fits(row) and not self._repeats(row) and not self.index.similar(row.text, CLEAN_CEILING):
                self.remember(row)
                return row

    def remember(self, row: Row) -> None:
        self._said |= _sayings(row)
        self.index.add(len(self._said), row.text)

    def _repeats(self, row: Row) -> bool:
        return not self._said.isdisjoint(_sayings(row))


def _sayings(row: Row) -> set[str]:
    questions = " / ".join(turn.question for turn in row.turns)
    answers = " / ".join(turn.answer for turn in row.turns)
    return {questions.casefold(), answers.casefold()}
