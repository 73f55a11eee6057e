"""Blind votes line by line: two systems' answers, and which is better."""

from functools import partial

from schemas.errors import UsageError
from tui.model.answers import contests, prompts
from tui.model.outcome import Outcome
from tui.model.votes import Choice, Votes, results
from tui.model.workbench import Workbench
from tui.plain.desk import ListDesk
from tui.plain.talk import Talk
from tui.plain.telling import tell_message

_CHOICES: dict[str, Choice] = {"vote_left": "left", "vote_right": "right", "vote_tie": "tie"}
_SAID: dict[Choice, str] = {"left": "left is better", "right": "right is better", "tie": "a tie"}


class VotesDesk(ListDesk[Votes]):
    NOTHING = "both systems answered all questions in the same words"

    def __init__(self, bench: Workbench, talk: Talk) -> None:
        """Raises UsageError where there are no answers to compare."""
        self._contests = contests(bench.workspace)
        if not self._contests:
            raise UsageError(
                "no two systems have answered the same questions yet", "`train eval RUN` asks them"
            )
        self._at = 0
        super().__init__(bench, talk, Votes(bench.review, self._contests[0], prompts(self._contests[0])))
        for action, choice in _CHOICES.items():
            self.acts[action] = partial(self._vote, choice)
        self.acts |= {
            "next_vote": lambda: self._listed.to_next(),
            "result": self._result,
            "next_contest": self._next_contest,
        }

    def tell(self) -> None:
        votes = self._listed
        own = _SAID[votes.vote] if votes.vote else "none yet"
        self._talk.say(f"{self._place('question')}, {votes.open:,} left, your vote: {own}")
        for message in votes.prompt:
            tell_message(self._talk, message)
        for name, text in zip(("left answer", "right answer"), votes.sides, strict=True):
            self._talk.say(f"{name}:")
            self._talk.text(text)
        self._talk.say("the answer in the data:")
        self._talk.text(votes.reference)

    def _vote(self, choice: Choice) -> Outcome:
        return self._listed.choose(choice)

    def _result(self) -> None:
        self._talk.read(results(self._listed))

    def _next_contest(self) -> Outcome:
        if len(self._contests) == 1:
            return Outcome("there are no two other systems with answers to the same questions")
        self._at = (self._at + 1) % len(self._contests)
        contest = self._contests[self._at]
        self._listed = Votes(self._bench.review, contest, prompts(contest))
        return Outcome(f"pair {self._at + 1} of {len(self._contests)}")
