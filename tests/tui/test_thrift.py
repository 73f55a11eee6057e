"""A terminal that is sent differences shows what one would that is sent everything."""

from collections.abc import Sequence
from itertools import pairwise

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.cells import Cell, Look, cells_of, look_of, turning
from tui.pen import Pen
from tui.thrift import Written, differences

WIDTH, CUT, HEIGHT = 16, 10, 3  # cells of a line, of them in the first of two pieces, and lines
LOOKS = (
    "white on black", "bold red on blue", "reverse", "underline red on black", "bold underline reverse red",
    "italic bold #102030 on blue", "none", "strike on blue", "dim color(200) on color(17)", "bold dim",
)  # fmt: skip
STYLES = [Style.parse(text) for text in LOOKS]
CONSOLE = Console(color_system="truecolor", force_terminal=True)
texts = st.text("ab 漢é👍e\u0301", max_size=WIDTH) | st.text("ab   ·é", max_size=WIDTH) | st.just(" " * 9)
Line = tuple[int, Strip, Strip]  # where, and what in each of its pieces


def terminal() -> pyte.Screen:
    """Pyte lets an accent begin a new line where its letter stands in the last cell, so one cell is over."""
    return pyte.Screen(WIDTH + 1, HEIGHT)


def strips(width: int) -> st.SearchStrategy[Strip]:
    pieces = st.lists(st.tuples(texts, st.sampled_from(STYLES)), max_size=5)
    return pieces.map(
        lambda found: Strip([Segment(*one) for one in found]).adjust_cell_length(width, STYLES[0])
    )


lines = st.tuples(st.integers(0, HEIGHT - 1), strips(CUT), strips(WIDTH - CUT))
spans = st.sampled_from([(0, WIDTH), (0, CUT), (CUT, WIDTH), (0, WIDTH), (2, CUT + 2)])


def painted(changes: Sequence[tuple[Line, tuple[int, int]]]) -> ChopsUpdate:
    chops: list[dict[int, Strip | None]] = [{0: None, CUT: None} for _ in range(HEIGHT)]
    by_line = {line[0]: (line, span) for line, span in changes}
    for (y, left, right), _ in by_line.values():
        chops[y] = {0: left, CUT: right}
    where = [(y, *span) for y, (_, span) in sorted(by_line.items())]
    return ChopsUpdate(chops, where, [[CUT, WIDTH]] * HEIGHT)


def seen(screen: pyte.Screen) -> list[tuple[object, ...]]:
    """What a person sees: of a blank that has no lines and is not reversed, its ground."""
    cells = [screen.buffer[y][x] for y in range(HEIGHT) for x in range(WIDTH)]
    return [
        (" ", cell.bg) if cell.data == " " and not (cell.reverse or cell.underscore or cell.strikethrough)
        else cell
        for cell in cells
    ]  # fmt: skip


whole_screens = st.lists(strips(WIDTH), min_size=HEIGHT, max_size=HEIGHT).map(
    lambda first: LayoutUpdate([[strip] for strip in first], Region(0, 0, WIDTH, HEIGHT))
)
some_lines = st.lists(st.tuples(lines, spans), min_size=1, max_size=4).map(painted)


@pytest.mark.parametrize("erases", [True, False])
@given(whole_screens, st.lists(st.tuples(st.integers(0, 1), whole_screens | some_lines), max_size=6))
def test_the_terminal_shows_the_same(
    erases: bool, first: LayoutUpdate, updates: Sequence[tuple[int, ChopsUpdate | LayoutUpdate]]
) -> None:
    written, plain, thrifty = Written(erases=erases), terminal(), terminal()
    of = 0
    for screen, update in [(0, first), *updates]:
        of = screen if isinstance(update, LayoutUpdate) else of  # another screen begins with a whole one
        pyte.Stream(plain).feed(everything(update))
        pyte.Stream(thrifty).feed(rendered(written, update, of))
        assert seen(thrifty) == seen(plain)


def rendered(written: Written, update: ChopsUpdate | LayoutUpdate, of: object = 0) -> str:
    sent = written.thrifty(of, update)
    assert isinstance(sent, CompositorUpdate)
    return sent.render_segments(CONSOLE)


def everything(update: ChopsUpdate | LayoutUpdate) -> str:
    """All that it covers, cell for cell."""
    return rendered(Written(erases=False), update)


def test_all_that_is_sent_is_what_textual_sends() -> None:
    line = (1, Strip([Segment("ab é  x漢 ", STYLES[1])], CUT), Strip([Segment("underl", STYLES[3])]))
    update = painted([(line, (0, WIDTH))])
    ours, theirs = terminal(), terminal()
    pyte.Stream(ours).feed(everything(update))
    pyte.Stream(theirs).feed(update.render_segments(CONSOLE))
    assert seen(ours) == seen(theirs)


def test_the_same_screen_again_sends_nothing_until_the_terminal_was_anothers() -> None:
    written = Written(erases=True)
    update = LayoutUpdate([[Strip([Segment("x" * WIDTH, STYLES[0])])]] * HEIGHT, Region(0, 0, WIDTH, HEIGHT))
    first = rendered(written, update)
    assert first.count("x") == WIDTH * HEIGHT
    assert rendered(written, update) == ""
    assert rendered(written, update, of=1) == first
    written.forget()
    assert rendered(written, update, of=1) == first


@given(strips(WIDTH))
def test_a_line_that_is_the_same_is_not_sent(line: Strip) -> None:
    now = cells_of(line, ColorSystem.TRUECOLOR)
    assert differences(now.cells, now, to_edge=True) == []


def test_what_differs_alone_is_sent() -> None:
    before, now = (
        cells_of(Strip([Segment(text, STYLES[0])]), ColorSystem.TRUECOLOR)
        for text in ("one two · three, four", "one too · three, five")
    )
    assert differences(before.cells, now, to_edge=False) == [(5, 6), (18, 21)]
    assert differences([None] * 21, now, to_edge=False) == [(0, 21)]


def test_what_is_shorter_than_the_way_round_it_is_written_again() -> None:
    before, now = (cells_of(Strip([Segment(text, STYLES[0])]), ColorSystem.TRUECOLOR) for text in
                   ("one of these words", "any of those lines"))  # fmt: skip
    assert differences(before.cells, now, to_edge=False) == [(0, 3), (9, 17)]


def test_a_colour_of_the_palette_is_sent_by_its_number() -> None:
    assert look_of(Style.parse("#e4e4e4 on #005f87"), ColorSystem.TRUECOLOR) == Look(
        (), "38;5;254", "48;5;24"
    )
    assert look_of(Style.parse("#e5e4e4"), ColorSystem.TRUECOLOR).letters == "38;2;229;228;228"


def test_blanks_at_the_edge_are_erased_as_one() -> None:
    before, now = (cells_of(Strip([Segment(text, STYLES[0])]), ColorSystem.TRUECOLOR) for text in
                   ("one two three four", "one too           "))  # fmt: skip
    assert differences(before.cells, now, to_edge=True) == [(5, 18)]
    assert sent(now.cells[7:], 7, erases=True) == "\x1b[;8H\x1b[;40m\x1b[K\x1b[m"
    assert sent(now.cells[7:], 7, erases=False) == "\x1b[;8H\x1b[;40m" + " " * 11 + "\x1b[m"


def sent(cells: Sequence[Cell], x: int, *, erases: bool) -> str:
    pen = Pen(x + len(cells), erases=erases)
    pen.write(x, 0, cells)
    return pen.sent


def test_of_a_look_what_changes_is_sent() -> None:
    parts = ("white on black", "red on black", "bold red on black", "red on black", "red on black")
    looks = [None, *(look_of(Style.parse(part), ColorSystem.TRUECOLOR) for part in parts)]
    turned = [turning(now, wanted) for now, wanted in pairwise(looks) if wanted]
    assert turned == ["\x1b[;37;40m", "\x1b[31m", "\x1b[1m", "\x1b[22m", ""]
    assert turning(Look(("1", "4", "7"), "31", "40"), Look()) == "\x1b[m"


def test_what_takes_two_attributes_back_leaves_the_other() -> None:
    assert turning(Look(("1", "2"), "31", "40"), Look(("1",), "31", "40")) == "\x1b[22;1m"


@given(st.lists(st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1)), max_size=9))
def test_every_way_leads_to_its_place(places: Sequence[tuple[int, int]]) -> None:
    screen, pen = terminal(), Pen(WIDTH, erases=True)
    latest = {}
    for number, (x, y) in enumerate(places):
        letter = chr(ord("a") + number)
        pen.write(x, y, [(letter, Look())])
        latest[x, y] = letter
    pyte.Stream(screen).feed(pen.sent)
    assert {at: screen.buffer[at[1]][at[0]].data for at in latest} == latest


def test_accents_stay_with_their_letters() -> None:
    before, now = (cells_of(Strip([Segment(text, STYLES[0])], 3), ColorSystem.TRUECOLOR) for text in
                   ("xa\u0301b", "xa\u0300b"))  # fmt: skip
    assert differences(before.cells, now, to_edge=False) == [(1, 3)]
