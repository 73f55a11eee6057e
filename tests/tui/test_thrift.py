"""A terminal that is sent differences shows what one would that is sent everything."""

from collections.abc import Sequence

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from tui.thrift import Pen, ThriftyUpdate, Written, differences

WIDTH = 12
STYLES = [Style.parse(text) for text in ("white on black", "bold red on blue", "reverse")]
CONSOLE = Console(color_system="truecolor", force_terminal=True)
pieces = st.tuples(
    st.text("ab 漢é👍", max_size=WIDTH) | st.text("ab ·é", max_size=WIDTH), st.sampled_from(STYLES)
)
lines = st.lists(pieces, max_size=4).map(
    lambda found: Strip([Segment(*one) for one in found]).adjust_cell_length(WIDTH, STYLES[0])
)


@given(st.lists(st.tuples(st.integers(0, 1), lines), min_size=1, max_size=6))
def test_the_terminal_shows_the_same(changes: Sequence[tuple[int, Strip]]) -> None:
    written, plain, thrifty = Written(), pyte.Screen(WIDTH, 3), pyte.Screen(WIDTH, 3)
    for y, strip in changes:
        update = ChopsUpdate([{0: strip}, {0: strip}], [(y, 0, WIDTH)], [[WIDTH], [WIDTH]])
        pyte.Stream(plain).feed(update.render_segments(CONSOLE))
        pyte.Stream(thrifty).feed(ThriftyUpdate(update, written).render_segments(CONSOLE))
    assert [dict(thrifty.buffer[y]) for y in range(2)] == [dict(plain.buffer[y]) for y in range(2)]


@given(lines)
def test_a_line_that_is_the_same_is_not_sent(line: Strip) -> None:
    assert differences(line, Strip(list(line), WIDTH)) == []


def test_what_differs_alone_is_sent() -> None:
    before, now = (
        Strip([Segment(text, STYLES[0])]) for text in ("one two · three, four", "one too · three, five")
    )
    assert differences(before, now) == [(5, 6), (18, 21)]
    assert differences(None, now) == [(0, 21)]


def test_of_a_colour_what_changes_is_sent() -> None:
    pen = Pen(CONSOLE)
    parts = ("white on black", "red on black", "bold red on black", "red on black", "red on black")
    sent = [pen.written(Segment("x", Style.parse(part))) for part in parts]
    assert sent == ["\x1b[0m\x1b[37;40mx", "\x1b[31mx", "\x1b[1mx", "\x1b[0m\x1b[31;40mx", "x"]


def test_a_line_divided_otherwise_is_sent_whole() -> None:
    written = Written()
    whole = Strip([Segment("abcdef", STYLES[0])])
    half = Strip([Segment("abc", STYLES[0])])
    for chops, ends in (({0: whole}, [6]), ({0: half, 3: half}, [3, 6]), ({0: whole}, [6])):
        update = ThriftyUpdate(ChopsUpdate([chops], [(0, 0, 6)], [ends]), written)
        sent = update.render_segments(CONSOLE)
        assert sent.count("abc") == len(chops)


def test_accents_stay_with_their_letters() -> None:
    before, now = (Strip([Segment(text, STYLES[0])], 3) for text in ("xa\u0301b", "xa\u0300b"))
    assert differences(before, now) == [(1, 3)]
