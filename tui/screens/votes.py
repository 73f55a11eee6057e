"""Blind votes: two systems' answers to one question side by side, and nobody is told whose is whose."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip

from schemas.example import Message
from tui import theme
from tui.actions.registry import Registry
from tui.model.answers import Contest, Key, contests, prompts
from tui.model.votes import Choice, Votes, results
from tui.model.workbench import Workbench
from tui.safe_text import SafeText, visible_line
from tui.screens.base import bindings_of
from tui.screens.listing import ListingScreen
from tui.widgets.beside import TWO_COLUMNS
from tui.widgets.reader import Reader
from tui.widgets.strips import body, whole

_RULE = " │"
_Loaded = tuple[list[Contest], int, Mapping[Key, Sequence[Message]]]


class VotesScreen(ListingScreen):
    NAME = "votes"
    BINDINGS: ClassVar = bindings_of(NAME)
    LOADING = "reading the answers"
    listed: Votes | None

    def __init__(self, bench: Workbench, registry: Registry) -> None:
        super().__init__(bench, registry)
        self._contests: list[Contest] = []
        self._at = 0

    def read(self) -> _Loaded:
        return _loaded(contests(self._bench.workspace), 0)

    def opened(self, found: _Loaded) -> Votes | None:
        self._contests, self._at, asked = found
        return Votes(self._bench.review, self._contests[self._at], asked) if self._contests else None

    def status(self) -> str:
        if self.listed is None:
            return "votes"
        contest = self.listed.contest
        here = self.listed.cursor.position + 1 if len(self.listed) else 0
        pair = f"{contest.b.title} or {contest.a.title}"
        more = f" · pair {self._at + 1} of {len(self._contests)}" if len(self._contests) > 1 else ""
        place = f"{here:,}/{len(self.listed):,} · {self.listed.open:,} left"
        return f"{place} · {self._bench.review.verdicts.annotator} · {pair}, {contest.b.set}{more}"

    def nothing(self) -> Sequence[str]:
        if self.listed is not None:
            return (
                f"{self.listed.contest.b.title} and {self.listed.contest.a.title} answered all "
                f"{self.listed.contest.same:,} questions in the same words.",
                "",
                "s   two other systems",
                "F2  the review queue",
            )
        return (
            "No two systems have answered the same questions yet.",
            "`train eval RUN` asks the adapter of a run, and the base model beside it.",
            "",
            "F2  the review queue",
            "q   leave",
        )

    @property
    def subject(self) -> Hashable:
        return self.listed.key if self.listed else None

    def page(self, width: int) -> list[Strip]:
        votes = self.listed
        if votes is None:
            return []
        said = {"left": "left is better", "right": "right is better", "tie": "a tie"}
        own = said[votes.vote] if votes.vote else "which answer is better?"
        strips = [whole(SafeText(f" {own}"), theme.FLAG if votes.vote else theme.BAR_STRONG, width)]
        for message in votes.prompt:
            strips += [*_block(message.role, message.content, width), Strip.blank(width, theme.PLAIN)]
        strips += _answers(*votes.sides, width)
        strips.append(Strip.blank(width, theme.PLAIN))
        return [*strips, *_block("the answer in the data", votes.reference, width)]

    # Voting

    def action_vote_left(self) -> None:
        self._vote("left")

    def action_vote_right(self) -> None:
        self._vote("right")

    def action_vote_tie(self) -> None:
        self._vote("tie")

    def action_next_vote(self) -> None:
        self.change(Votes.to_next)

    def action_result(self) -> None:
        if self.listed is not None:
            self.app.push_screen(Reader(results(self.listed), self._registry))

    def action_next_contest(self) -> None:
        if len(self._contests) > 1:
            at = (self._at + 1) % len(self._contests)
            self.load(self.LOADING, partial(_loaded, self._contests, at), self._opened)
        else:
            self.say("there are no two other systems with answers to the same questions")

    def _vote(self, choice: Choice) -> None:
        self.change(lambda votes: votes.choose(choice))


def _loaded(found: list[Contest], at: int) -> _Loaded:
    return found, at, prompts(found[at]) if found else {}


def _answers(left: str, right: str, width: int) -> Iterator[Strip]:
    """Side by side, or one above the other where it is narrow."""
    if width < TWO_COLUMNS:
        yield from _block("left", left, width)
        yield from _block("right", right, width)
        return
    half = (width - len(_RULE)) // 2
    rest = width - len(_RULE) - half
    rule = Strip([Segment(_RULE, theme.DIM)], len(_RULE))
    for one, other in zip_longest(_block("left", left, half), _block("right", right, rest)):
        yield Strip.join(
            [one or Strip.blank(half, theme.PLAIN), rule, other or Strip.blank(rest, theme.PLAIN)]
        )


def _block(name: str, text: str, width: int) -> list[Strip]:
    head = whole(visible_line(f" {name}"), theme.ROLE.get(name, theme.ROLE["assistant"]), width)
    return [head, *body(text, (), (theme.PLAIN,), width)]
