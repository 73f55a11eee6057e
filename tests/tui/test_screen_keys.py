"""Every key of every screen beside the review's: what the model holds then, and what is in the journal.

A screen that has an action without a case fails the test: a new one needs a case in screen_cases.py. How the
review screen answers is in test_review_keys.py, how what opens over a screen does in test_sheet_keys.py.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from decided import decide
from key_cases import press
from pilots import WIDE, running, until
from screen_cases import CASES
from shared_desks import as_new, crowded, with_raw_rows
from textual.pilot import Pilot

from schemas.decision import Decision
from schemas.statement import Apart, Value, Vote
from tui.actions.action import EVERYWHERE
from tui.actions.registry import Registry
from tui.catalogue import FIRST, SCREENS, entry
from tui.model.contradictions import Contradictions
from tui.model.duplicates import Duplicates
from tui.model.personal import Personal
from tui.model.row_list import RowList
from tui.model.votes import Votes
from tui.model.workbench import Workbench, open_workbench
from tui.screens.base import keys_of
from tui.screens.listing import ListingScreen

LOW = (120, 14)  # a screen on which lists and pages go on below it
DECIDED = ("overview", "agreement", "journal")  # two annotators have decided before
BUILT = ("duplicates", "pii")
ONCE = ("half_down", "half_up", "read_on", "read_back")  # ListingScreen's own: pressed on the screen losses
ACTIONS = {
    (screen.name, action.id): action
    for screen in SCREENS
    if screen.name != FIRST
    for action in Registry().of(screen.name)
    if action.scope != EVERYWHERE and (action.id not in ONCE or screen.name == "losses")
}


@pytest.fixture(scope="module")
def crowd(make_shared_desk: Any, plain_examples: Any, make_child: Any) -> Any:
    return crowded(make_shared_desk, plain_examples(40), make_child)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_raw_rows(tmp_path_factory.mktemp("raw"))


@pytest.fixture
def bench(screen: str, request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """With all that the screen lists, and nothing decided there by the tests before."""
    if screen in BUILT:
        recipe, run = request.getfixturevalue("raw"), None
    else:
        recipe, run = request.getfixturevalue("crowd").recipe, "r1"
    as_new(recipe)
    if screen in DECIDED:
        decide(request.getfixturevalue("crowd"))
    with open_workbench(recipe, queue=None, annotator="ada", run=run, version=None) as opened:
        yield opened


@pytest.mark.parametrize(("screen", "action"), ACTIONS)
async def test_every_key(bench: Workbench, screen: str, action: str) -> None:
    case, journal = CASES[screen][action], bench.review.verdicts.journal
    before = len(journal.decisions())
    async with running(bench, LOW if action in ONCE else WIDE, first=screen) as pilot:
        shown = pilot.app.screen
        assert isinstance(shown, ListingScreen)
        await settled(pilot, shown)
        lines = lines_of(bench, shown.listed)
        for key in case.first:
            await pilot.press(key)
            await settled(pilot, shown)
        await press(pilot, case, ACTIONS[screen, action].keys[0])
        await until(pilot, lambda: case.holds(pilot, shown))
        found = journal.decisions()[before:]
        assert tuple(told(decision, lines, shown.listed) for decision in found) == case.writes


def test_there_is_a_case_of_every_action_and_none_of_nothing() -> None:
    assert {(screen, action) for screen, cases in CASES.items() for action in cases} == set(ACTIONS)
    assert all(keys_of(action) for action in ACTIONS.values())


def test_all_screens_scroll_as_the_one_that_was_tried() -> None:
    for name in CASES:
        screen = getattr(import_module(f"tui.screens.{name}"), entry(name).cls)
        for action in ONCE:
            assert getattr(screen, f"action_{action}") is getattr(ListingScreen, f"action_{action}")


async def settled(pilot: Pilot[int], screen: ListingScreen) -> None:
    """Until the list is there and nothing more is being read for it."""
    await until(pilot, lambda: screen.listed is not None and not screen._then)


def lines_of(bench: Workbench, listed: Any) -> dict[str, str]:
    """Where the examples are that the list is about, by id; examples of the corpus where it is of places or
    decisions."""
    found: dict[str, str] = {}
    here = listed.cursor.position
    for at in range(len(listed)):
        listed.cursor.go(at)
        ids = _ids(bench, listed)
        found |= {name: f"{at}.{n}" if len(ids) > 1 else f"{at}" for n, name in enumerate(ids)}
    listed.cursor.go(here)
    return found or {bench.review.corpus.id_of(row): f"{row}" for row in range(len(bench.review.corpus))}


def _ids(bench: Workbench, listed: Any) -> list[str]:
    """Of the examples that the line chosen is about."""
    match listed:
        case Duplicates():
            return [listed.cluster.kept_id, *(member.example_id for member in listed.cluster.members)]
        case Contradictions():
            return [bench.review.corpus.id_of(row) for row in listed.rows]
        case Votes():
            return [listed.key[0]]
        case RowList() | Personal():
            return [listed.example.example_id]
    return []


def told(decision: Decision, lines: dict[str, str], listed: Any) -> str:
    """In words, examples by their lines."""
    if decision.undoes is not None:
        return f"undo {decision.undoes}"
    line = lines[decision.example_id]
    match decision.statement:
        case Apart(other):
            return f"{line} is not {lines[other]}"
        case Value() as value:
            return f"is {'' if value.personal else 'not '}{value.scope} {value.entity} {line}"
        case Vote() as vote:
            return f"{preferred(vote, int(line), listed)}, {line}"
    return f"{decision.verdict} {line}"


def preferred(vote: Vote, line: int, votes: Votes) -> str:
    """On which side the answer stood that the vote names: the answers say whose they are."""
    if vote.better == "tie":
        return "a tie"
    here = votes.cursor.position
    votes.cursor.go(line)
    system = (votes.contest.a if vote.better == "a" else votes.contest.b).title
    side = "left" if votes.sides[0].startswith(system) else "right"
    votes.cursor.go(here)
    return f"{side} is better"
