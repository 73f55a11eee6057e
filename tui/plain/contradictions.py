"""Contradictions line by line: one question, two answers, which example stays."""

from functools import partial

from tui.model.contradictions import Choice, Contradictions, opposed
from tui.model.workbench import Workbench
from tui.plain.desk import ListDesk
from tui.plain.talk import Talk
from tui.plain.telling import tell_two

_NAMES = ("left", "right")
_CHOICES: dict[str, Choice] = {
    "keep_left": "left",
    "keep_right": "right",
    "keep_both": "both",
    "keep_neither": "neither",
}


class ContradictionsDesk(ListDesk[Contradictions]):
    NOTHING = "no two examples of this version answer one question in contradicting ways"

    def __init__(self, bench: Workbench, talk: Talk) -> None:
        pairs = opposed(bench.dataset, bench.review.corpus)
        super().__init__(bench, talk, Contradictions(bench.review, pairs))
        for action, choice in _CHOICES.items():
            self.acts[action] = partial(self._listed.choose, choice)
        self.acts["next_pair"] = self._listed.to_next

    def tell(self) -> None:
        rows, sides = self._listed.rows, self._listed.sides
        assert rows is not None
        assert sides is not None
        self._talk.say(f"{self._place('contradiction')}, {self._listed.open:,} left")
        for name, row, example in zip(_NAMES, rows, sides, strict=True):
            own = self._listed.own(row)
            said = f", your verdict: {own.verdict}" if own else ""
            self._talk.say(f"{name}: {example.split}, {example.source} line {example.line}{said}")
        tell_two(self._talk, *sides, _NAMES, in_full=True)
