"""The screens of the program: one table, from which F-keys, jump letters, palette and help are made.

To add a screen:

1. `tui/screens/<name>.py` with a subclass of `tui.screens.base.SiftScreen` (that module says what to fill
   in), widgets in `tui/widgets/`, what it shows in `tui/model/` without Textual;
2. a line in `SCREENS` below, with the F-key kept for it: F1 overview, F2 review, F3 duplicates, F4 pii,
   F5 contradictions, F6 family, F7 losses, F8 runs, F9 votes, F10 agreement, F11 journal;
3. its own actions in `tui/actions/<name>.py`, named in `tui/actions/registry.py`;
4. where it decides: `tui/plain/<name>.py`, and `plain` in its line.

A screen is imported and made when it is first shown, so the review opens as fast with twelve as with one.
"""

import difflib
from dataclasses import dataclass

from schemas.errors import UsageError
from tui.actions.action import EVERYWHERE, Action


@dataclass(frozen=True, slots=True)
class Entry:
    """`key` is its F-key, `letter` what `o` asks for; `scopes` are those of its actions besides its own name;
    `cls` is the class in `tui.screens.<name>`. `plain` says that line mode has it, in `tui.plain.<name>`."""

    name: str
    key: str
    letter: str
    title: str
    about: str
    cls: str
    shares: tuple[str, ...] = ()
    plain: bool = False

    @property
    def scopes(self) -> tuple[str, ...]:
        return (self.name, *self.shares, EVERYWHERE)

    @property
    def action(self) -> Action:
        """Goes to this screen, from any."""
        return Action(
            f"go_{self.name}",
            (self.key,),
            self.title,
            self.about,
            EVERYWHERE,
            plain=self.plain,
            does=f"app.go('{self.name}')",
        )


SCREENS: tuple[Entry, ...] = (
    Entry(
        "overview",
        "f1",
        "o",
        "overview",
        "What waits for you, how far the team is, what became of the rows.",
        "OverviewScreen",
        ("lists", "opening", "deciding"),
    ),
    Entry(
        "review",
        "f2",
        "r",
        "review",
        "The review queue: read an example, decide on it.",
        "ReviewScreen",
        ("lists", "deciding"),
        plain=True,
    ),
    Entry(
        "duplicates",
        "f3",
        "d",
        "duplicates",
        "Duplicates by cluster: which row stays, and which are none.",
        "DuplicatesScreen",
        ("lists", "deciding"),
        plain=True,
    ),
    Entry(
        "pii",
        "f4",
        "p",
        "pii",
        "Personal data span by span: what is none, here or everywhere.",
        "PiiScreen",
        ("lists", "opening", "deciding"),
        plain=True,
    ),
    Entry(
        "contradictions",
        "f5",
        "c",
        "contradictions",
        "One question with two answers: which example stays.",
        "ContradictionsScreen",
        ("lists", "deciding"),
        plain=True,
    ),
    Entry(
        "family",
        "f6",
        "f",
        "family",
        "Augmented examples beside the parents that they were made of.",
        "FamilyScreen",
        ("verdicts", "lists", "opening", "deciding"),
    ),
    Entry(
        "losses",
        "f7",
        "l",
        "losses",
        "Losses over a run, and the tokens that the model did not expect.",
        "LossesScreen",
        ("verdicts", "lists", "opening", "deciding"),
    ),
    Entry(
        "runs",
        "f8",
        "u",
        "runs",
        "Runs, and what got worse from one to another, with what changed.",
        "RunsScreen",
        ("lists",),
    ),
    Entry(
        "votes",
        "f9",
        "v",
        "votes",
        "Two systems' answers side by side, blind: which is better.",
        "VotesScreen",
        ("lists", "deciding"),
        plain=True,
    ),
    Entry(
        "agreement",
        "f10",
        "a",
        "agreement",
        "How far annotators agree, and what they don't agree on.",
        "AgreementScreen",
        ("lists", "opening", "deciding"),
    ),
    Entry(
        "journal",
        "f11",
        "j",
        "journal",
        "All decisions, the latest first; jump to the example, take one back.",
        "JournalScreen",
        ("lists", "opening", "deciding"),
    ),
)
FIRST = "review"


def entry(name: str) -> Entry:
    return next(entry for entry in SCREENS if entry.name == name)


def screen_named(name: str, *, plain: bool = False) -> str:
    """`name`, where there is a screen of that name. Raises UsageError, in line mode also for one that is not
    there."""
    there = [entry.name for entry in SCREENS if entry.plain or not plain]
    if name in there:
        return name
    near = difflib.get_close_matches(name, there, 1)
    where = "no screen of line mode" if plain else "no screen"
    raise UsageError(
        f"{where} is called {name!r}",
        f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(there)}",
    )
