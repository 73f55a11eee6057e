"""What each key of each screen beside the review's must bring about, on the desks of shared_desks.py.

`writes` are told as `keep 2` for the example of line 2, `drop 0.1` for the second one of line 0, `undo 3` for
the third decision of the journal taken back.
"""

from collections.abc import Callable
from typing import Any

from key_cases import Case, Holds, on_top
from textual.pilot import Pilot

from tui.catalogue import FIRST
from tui.widgets.lines_pane import LinesPane
from tui.widgets.prompt_line import PromptLine
from tui.widgets.reader import Reader
from tui.widgets.strips_pane import StripsPane


def at(position: int) -> Holds:
    return lambda _, screen: screen.listed.cursor.position == position


def also(position: int, holds: Callable[[Any], bool]) -> Holds:
    """Stands there, and that holds of what is listed."""
    return lambda _, screen: screen.listed.cursor.position == position and holds(screen.listed)


def half_a_page(_: Pilot[int], screen: Any) -> bool:
    return bool(0 < screen.listed.cursor.position == screen.query_one(LinesPane).page // 2)


def top_line(screen: Any) -> int:
    return int(screen.query_one(StripsPane)._top)


def leads_to(queue: str) -> Holds:
    """To the review, which lists that queue."""

    def holds(pilot: Pilot[int], screen: Any) -> bool:
        return pilot.app.screen.NAME == FIRST and screen._bench.review.queue.name == queue

    return holds


def shows_the_chosen(pilot: Pilot[int], screen: Any) -> bool:
    shown = screen._bench.review.example
    return pilot.app.screen.NAME == FIRST and shown.example_id == screen.listed.chosen.example_id


def shows_the_example(pilot: Pilot[int], screen: Any) -> bool:
    shown = screen._bench.review.example
    return pilot.app.screen.NAME == FIRST and shown.example_id == screen.listed.example.example_id


def waiting(queue: str, left_out: int) -> Holds:
    """On the overview so many of all examples do not wait in that queue."""

    def holds(_: Pilot[int], screen: Any) -> bool:
        left = {place.name: place.left for place in screen.listed._places}
        return bool(left[queue] == len(screen._bench.review.corpus) - left_out)

    return holds


def conflicts(n: int) -> Holds:
    return lambda _, s: n == sum(s.listed.line(i).startswith("conflict") for i in range(len(s.listed)))


def settled(listed: Any) -> bool:
    return bool(listed.told_apart(listed.shown.member))


def kept(listed: Any) -> list[bool]:
    """Whether the row that stayed and the one beside it have a keep."""
    cluster = listed.cluster
    return [bool(listed.verdicts(name)) for name in (cluster.kept_id, cluster.members[0].example_id)]


def word(listed: Any) -> tuple[bool, str] | None:
    """What was said of the first span of the first example."""
    listed.cursor.go(0)
    said = listed.word(listed.spans[0])
    return said and (said.personal, said.scope)


def verdicts(listed: Any, pair: int = 0) -> list[str]:
    rows = listed._pairs.rows[pair].tolist()
    return [own.verdict for row in rows if (own := listed.own(row))]


def moves(last: int) -> dict[str, Case]:
    return {
        "down": Case(at(1)),
        "up": Case(at(1), first=("j", "j")),
        "first": Case(at(0), first=("j", "j")),
        "last": Case(at(last)),
    }


def examples(last: int) -> dict[str, Case]:
    """Of a list of examples that are kept and dropped."""
    return {
        **moves(last),
        "keep_shown": Case(also(1, lambda listed: listed.open == last), ("keep 0",)),
        "drop_shown": Case(also(1, lambda listed: listed.open == last), ("drop 0",)),
        "choose": Case(shows_the_example, first=("j",)),
        "next_open": Case(at(2), ("drop 1",), first=("j", "x", "g")),
        "undo": Case(also(0, lambda listed: listed.open == last + 1), ("drop 0", "undo 1"), first=("x",)),
        "redo": Case(
            also(0, lambda listed: listed.open == last), ("drop 0", "undo 1", "drop 0"), first=("x", "u")
        ),
    }


PAIR = ("keep 0.0", "drop 0.1")
PHONE = "PHONE_NUMBER 0"
CASES: dict[str, dict[str, Case]] = {
    "overview": {
        **moves(14),
        "choose": Case(leads_to("flags"), first=("j",)),
        "undo": Case(waiting("loss", 3), ("undo 7",)),
        "redo": Case(waiting("loss", 4), ("undo 7", "drop 3"), first=("u",)),
    },
    "duplicates": {
        **moves(2),
        "keep_this": Case(also(0, lambda m: kept(m) == [False, True]), ("keep 0.1",)),
        "keep_kept": Case(also(0, lambda m: kept(m) == [True, False]), ("keep 0.0",)),
        "not_a_duplicate": Case(also(0, settled), ("0.1 is not 0.0",)),
        "next_cluster": Case(at(2), ("1.1 is not 1.0",), first=("j", "x", "g")),
        "next_member": Case(lambda _, s: s.listed.member == 1),
        "previous_member": Case(lambda _, s: s.listed.member == 0, first=("]",)),
        "undo": Case(also(0, lambda m: not settled(m)), ("0.1 is not 0.0", "undo 1"), first=("x", "j")),
        "redo": Case(also(0, settled), ("0.1 is not 0.0", "undo 1", "0.1 is not 0.0"), first=("x", "u", "j")),
    },
    "pii": {
        **moves(2),
        "is_pii": Case(lambda _, s: word(s.listed) == (True, "here"), (f"is here {PHONE}",)),
        "choose": Case(shows_the_example, first=("j",)),
        "next_example": Case(at(2), ("is not here PHONE_NUMBER 1",), first=("j", "x", "g")),
        "is_pii_everywhere": Case(
            lambda _, s: word(s.listed) == (True, "everywhere"), (f"is everywhere {PHONE}",)
        ),
        "is_not_pii": Case(lambda _, s: word(s.listed) == (False, "here"), (f"is not here {PHONE}",)),
        "is_not_pii_everywhere": Case(
            lambda _, s: word(s.listed) == (False, "everywhere"), (f"is not everywhere {PHONE}",)
        ),
        "next_span": Case(also(0, lambda listed: listed.chosen == 1)),
        "previous_span": Case(also(0, lambda listed: listed.chosen == 0), first=("]",)),
        "undo": Case(
            also(0, lambda listed: word(listed) is None), (f"is here {PHONE}", "undo 1"), first=("a", "j")
        ),
        "redo": Case(
            also(0, lambda listed: word(listed) == (True, "here")),
            (f"is here {PHONE}", "undo 1", f"is here {PHONE}"),
            first=("a", "u", "j"),
        ),
    },
    "contradictions": {
        **moves(2),
        "keep_left": Case(also(1, lambda listed: verdicts(listed) == ["keep", "drop"]), PAIR),
        "keep_right": Case(
            also(1, lambda listed: verdicts(listed) == ["drop", "keep"]), ("drop 0.0", "keep 0.1")
        ),
        "keep_both": Case(
            also(1, lambda listed: verdicts(listed) == ["keep", "keep"]), ("keep 0.0", "keep 0.1")
        ),
        "keep_neither": Case(
            also(1, lambda listed: verdicts(listed) == ["drop", "drop"]), ("drop 0.0", "drop 0.1")
        ),
        "next_pair": Case(at(2), ("keep 1.0", "keep 1.1"), first=("j", "a", "g")),
        "undo": Case(
            also(0, lambda listed: verdicts(listed) == []), (*PAIR, "undo 2", "undo 1"), first=("h",)
        ),
        "redo": Case(
            also(0, lambda listed: verdicts(listed) == ["keep", "drop"]),
            (*PAIR, "undo 2", "undo 1", *PAIR),
            first=("h", "u"),
        ),
    },
    "family": {
        **examples(3),
        "next_family": Case(at(2)),
        "previous_family": Case(at(0), first=("j", "j")),
    },
    "losses": {
        **examples(43),
        "next_order": Case(lambda _, s: s.listed.order == "gain"),
        "half_down": Case(half_a_page),
        "half_up": Case(at(0), first=("ctrl+d",)),
        "read_on": Case(lambda _, s: top_line(s) > 0),
        "read_back": Case(lambda _, s: top_line(s) == 0, first=("J",)),
    },
    "runs": {
        **moves(2),
        "mark_run": Case(lambda _, s: s.listed.a == "r1", first=("G",)),
        "audit": Case(lambda _, s: list(s.listed.audits) == [("r1", "r2")], first=("j",)),
    },
    "votes": {
        **moves(37),
        "vote_left": Case(also(1, lambda votes: votes.open == 37), ("left is better, 0",)),
        "vote_right": Case(also(1, lambda votes: votes.open == 37), ("right is better, 0",)),
        "vote_tie": Case(also(1, lambda votes: votes.own.ties == 1), ("a tie, 0",)),
        "next_vote": Case(at(2), ("a tie, 1",), first=("j", "t", "g")),
        "result": Case(on_top(Reader)),
        "next_contest": Case(lambda _, s: s.listed.contest.b.system == "base"),
        "undo": Case(also(0, lambda votes: votes.open == 38), ("a tie, 0", "undo 1"), first=("t",)),
        "redo": Case(
            also(0, lambda votes: votes.open == 37), ("a tie, 0", "undo 1", "a tie, 0"), first=("t", "u")
        ),
    },
    "agreement": {
        **moves(5),
        "choose": Case(leads_to("disagreement"), first=("G",)),
        "undo": Case(conflicts(1), ("undo 7",)),
        "redo": Case(conflicts(2), ("undo 7", "drop 3"), first=("u",)),
    },
    "journal": {
        **moves(9),
        "choose": Case(shows_the_chosen, first=("G",)),
        "take_back": Case(also(10, lambda log: log.done(10)), ("undo 1",), first=("G",)),
        "find_decisions": Case(
            lambda _, s: len(s.listed) == 4, on=PromptLine, then=(*"by", "colon", *"bob", "enter")
        ),
        "undo": Case(also(1, lambda log: log.done(0) and log.done(4)), ("undo 7",)),
        "redo": Case(also(2, lambda log: not log.done(0)), ("undo 7", "drop 3"), first=("u",)),
    },
}
