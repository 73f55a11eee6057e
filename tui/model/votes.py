"""Blind votes between two systems' answers: which is better, without knowing whose it is.

A hash of annotator and question says which answer stands on the left, and another one the order of questions,
so that those who stop early have voted on a random sample. Votes are statements in the journal.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import numpy as np

from curate.report.acceptance import wilson
from schemas.decision import Decision
from schemas.example import Message
from schemas.statement import Better, Vote
from tui.model.answers import Contest, Key
from tui.model.facts import Section
from tui.model.heard import heard_in
from tui.model.listing import Cursor
from tui.model.outcome import Outcome
from tui.model.review import Review

Choice = Literal["left", "right", "tie"]


@dataclass(frozen=True, slots=True)
class Tally:
    """`a` and `b` are questions in which that answer is better."""

    a: int = 0
    b: int = 0
    ties: int = 0

    @classmethod
    def of(cls, votes: Iterable[Better]) -> "Tally":
        counts = Counter(votes)
        return cls(counts["a"], counts["b"], counts["tie"])

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % of the share that b wins, ties left out (Wilson 1927); None without a win."""
        decided = self.a + self.b
        return wilson(self.b, decided) if decided else None

    def lines(self, a: str, b: str) -> list[str]:
        """In words."""
        lines = [f"{b} better: {self.b:,} · {a} better: {self.a:,} · ties: {self.ties:,}"]
        if self.interval is None:
            return [*lines, "no answer was called the better one yet"]
        low, high = self.interval
        share = self.b / (self.a + self.b)
        of = f"{share:.0%} of {self.a + self.b:,}, ties left out"
        lines.append(f"{b} wins {of}; 95 % interval {low:.0%} to {high:.0%}")
        if low <= 0.5 <= high:
            lines.append("not enough evidence that either is better")
        else:
            lines.append(f"{b if low > 0.5 else a} is better, as far as these questions go")
        return lines


class Votes:
    """One annotator's votes in one contest; `prompts` are what was asked, where it is at hand."""

    def __init__(self, review: Review, contest: Contest, prompts: Mapping[Key, Sequence[Message]]) -> None:
        self._review = review
        self._heard = heard_in(review)
        self._annotator = review.verdicts.annotator
        self._prompts = prompts
        self.contest = contest
        self._keys = sorted(contest.keys, key=lambda key: self._hash("order", key))
        self.cursor = Cursor(len(self._keys))
        self._votes: dict[str, dict[Key, Better]] = {}
        self.refresh()
        self.cursor.go(next((at for at in range(len(self)) if not self.done(at)), 0))

    def __len__(self) -> int:
        return len(self._keys)

    def line(self, at: int) -> str:
        key = self._keys[at]
        vote = self._own.get(key)
        mark = " " if vote is None else "=" if vote == "tie" else "<" if vote == self._left(key) else ">"
        said = self._prompts.get(key) or ()
        return f"{mark} {said[-1].content if said else key[0]}"

    def done(self, at: int) -> bool:
        return self._keys[at] in self._own

    @property
    def open(self) -> int:
        """Questions on which this annotator did not vote."""
        return sum(key not in self._own for key in self._keys)

    @property
    def key(self) -> Key | None:
        return self._keys[self.cursor.position] if self._keys else None

    @property
    def prompt(self) -> Sequence[Message]:
        return self._prompts.get(self.key, ()) if self.key else ()

    @property
    def reference(self) -> str:
        """The answer in the data."""
        return self.contest.a.references[self.key] if self.key else ""

    @property
    def sides(self) -> tuple[str, str]:
        """The left answer and the right one."""
        if self.key is None:
            return "", ""
        a, b = self.contest.a.predictions[self.key], self.contest.b.predictions[self.key]
        return (a, b) if self._left(self.key) == "a" else (b, a)

    @property
    def vote(self) -> Choice | None:
        """This annotator's, on the question shown."""
        own = self._own.get(self.key) if self.key else None
        if own is None or self.key is None:
            return None
        if own == "tie":
            return "tie"
        return "left" if own == self._left(self.key) else "right"

    def choose(self, choice: Choice) -> Outcome:
        """Vote, then go to the next question without one. A later vote takes the place of an earlier."""
        key = self.key
        if key is None:
            return Outcome("no question is shown")
        left = self._left(key)
        right: Better = "b" if left == "a" else "a"
        better: Better = "tie" if choice == "tie" else left if choice == "left" else right
        vote = Vote(better, self.contest.a.name, self.contest.b.name, key[1])
        decision = self._review.verdicts.write(key[0], "skip", labels=(vote.label,))
        self.refresh()
        self.to_next()
        return Outcome("a tie" if choice == "tie" else f"{choice} is better", decision)

    def to_next(self) -> Outcome | None:
        """To the next question without a vote, round the end; an outcome only where there is none."""
        waiting = np.array([not self.done(at) for at in range(len(self))], dtype=np.bool_)
        return None if self.cursor.to_next(waiting) else Outcome("no other question waits for your vote")

    def refresh(self) -> None:
        """After votes, here or elsewhere."""
        self._heard.catch_up()
        self._votes = {}
        for decision in self._heard.stated:
            self._count(decision)

    @property
    def own(self) -> Tally:
        return Tally.of(self._own.values())

    @property
    def voters(self) -> int:
        return len(self._votes)

    @property
    def team(self) -> Tally:
        """Question by question what most of those who voted on it say; as many for each is a tie."""
        by_key: dict[Key, Counter[Better]] = {}
        for votes in self._votes.values():
            for key, better in votes.items():
                by_key.setdefault(key, Counter())[better] += 1
        return Tally.of(_most(counts) for counts in by_key.values())

    @property
    def _own(self) -> Mapping[Key, Better]:
        return self._votes.get(self._annotator, {})

    def _count(self, decision: Decision) -> None:
        vote = decision.statement
        names = self.contest.a.name, self.contest.b.name
        if isinstance(vote, Vote) and (vote.a, vote.b) == names:
            self._votes.setdefault(decision.annotator, {})[decision.example_id, vote.turn] = vote.better

    def followed(self, outcome: Outcome) -> Outcome:
        self.refresh()
        if outcome.decision is not None:
            name = outcome.decision.example_id
            at = next((i for i, key in enumerate(self._keys) if key[0] == name), None)
            if at is not None:
                self.cursor.go(at)
        return outcome

    def _left(self, key: Key) -> Better:
        """Whose answer stands on the left."""
        return "a" if self._hash(f"side {self._annotator}", key)[0] & 1 else "b"

    def _hash(self, what: str, key: Key) -> bytes:
        facts = (what, self.contest.a.name, self.contest.b.name, key[0], str(key[1]))
        return blake2b("\0".join(facts).encode("utf-8", "surrogatepass"), digest_size=8).digest()


def results(votes: Votes) -> list[Section]:
    """Whose answers win how often: by this annotator's votes, and by all."""
    contest = votes.contest
    a, b = contest.a.title, contest.b.title
    sections = [("Your votes", votes.own.lines(a, b))]
    if votes.voters > 1:
        heading = f"All {votes.voters} annotators, question by question what most of them say"
        sections.append((heading, votes.team.lines(a, b)))
    if contest.same:
        sections.append(("Not asked", [f"{contest.same:,} questions that both answered in the same words"]))
    return sections


def _most(counts: Counter[Better]) -> Better:
    if counts["a"] == counts["b"]:
        return "tie"
    return "a" if counts["a"] > counts["b"] else "b"
