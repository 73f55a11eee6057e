"""A terminal that is sent differences shows what one would that is sent everything."""

import os
import subprocess
import sys
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
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Offset, Region
from textual.strip import Strip

from bench.terminal.emulator import Screen, Stream
from tui.paint.cells import Cell, Look, cells_of, look_of, turning
from tui.paint.differences import differences
from tui.paint.pen import Pen
from tui.paint.strokes import Stroke, in_order
from tui.paint.terminal import Able
from tui.paint.thrift import ThriftyUpdate, Written

WIDTH, CUT, HEIGHT = 16, 10, 3  # cells of a line, of them in the first of two pieces, and lines
LOOKS = (
    "white on black", "bold red on blue", "reverse", "underline red on black", "bold underline reverse red",
    "italic bold #102030 on blue", "none", "strike on blue", "dim color(200) on color(17)", "bold dim",
)  # fmt: skip
STYLES = [Style.parse(text) for text in LOOKS]
ABLE = (Able(), Able(erases=True), Able(erases=True, stops=True))
CONSOLE = Console(color_system="truecolor", force_terminal=True)
texts = st.text("ab 漢é👍e\u0301", max_size=WIDTH) | st.text("ab   ·é", max_size=WIDTH) | st.just(" " * 9)
Line = tuple[int, Strip, Strip]  # where, and what in each of its pieces


def terminal() -> pyte.Screen:
    """Pyte lets an accent begin a new line where its letter stands in the last cell, so one cell is over."""
    return Screen(WIDTH + 1, HEIGHT)


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


@pytest.mark.parametrize("able", ABLE, ids=str)
@given(whole_screens, st.lists(st.tuples(st.integers(0, 1), whole_screens | some_lines), max_size=6))
def test_the_terminal_shows_the_same(
    able: Able, first: LayoutUpdate, updates: Sequence[tuple[int, ChopsUpdate | LayoutUpdate]]
) -> None:
    written, plain, thrifty = Written(able), terminal(), terminal()
    of = 0
    for screen, update in [(0, first), *updates]:
        of = screen if isinstance(update, LayoutUpdate) else of  # another screen begins with a whole one
        Stream(plain).feed(everything(update))
        Stream(thrifty).feed(rendered(written, update, of))
        assert seen(thrifty) == seen(plain)


def rendered(
    written: Written, update: ChopsUpdate | LayoutUpdate, of: object = 0, cursor: Offset | None = None
) -> str:
    sent = written.thrifty(of, update, cursor)
    assert isinstance(sent, ThriftyUpdate)
    return sent.sent(ColorSystem.TRUECOLOR)


def everything(update: ChopsUpdate | LayoutUpdate) -> str:
    """All that it covers, cell for cell."""
    return rendered(Written(Able()), update)


def test_all_that_is_sent_is_what_textual_sends() -> None:
    line = (1, Strip([Segment("ab é  x漢 ", STYLES[1])], CUT), Strip([Segment("underl", STYLES[3])]))
    update = painted([(line, (0, WIDTH))])
    ours, theirs = terminal(), terminal()
    Stream(ours).feed(everything(update))
    Stream(theirs).feed(update.render_segments(CONSOLE))
    assert seen(ours) == seen(theirs)


def test_the_same_screen_again_sends_nothing_until_the_terminal_was_anothers() -> None:
    written = Written(Able(erases=True))
    update = LayoutUpdate([[Strip([Segment("x" * WIDTH, STYLES[0])])]] * HEIGHT, Region(0, 0, WIDTH, HEIGHT))
    first = rendered(written, update)
    assert first.count("x") == WIDTH * HEIGHT
    assert rendered(written, update) == ""
    assert rendered(written, update, of=1).count("x") == WIDTH * HEIGHT
    written.forget()
    assert rendered(written, update, of=1) == first


def test_colours_stay_in_force_between_paints_until_the_terminal_was_anothers() -> None:
    written = Written(Able(erases=True))
    first, second = (painted([((1, Strip([Segment(text, STYLES[0])], CUT), Strip([])), (0, CUT))]) for text in
                     ("one two", "one too"))  # fmt: skip
    assert rendered(written, first).startswith("\x1b[2H\x1b[;")
    assert rendered(written, second) == "\b\bo"
    written.forget()
    assert rendered(written, second) == "\x1b[2H\x1b[;37;40mone too"


def test_the_cursor_goes_to_a_text_field_and_nowhere_else() -> None:
    written = Written(Able(erases=True))
    line = painted([((1, Strip([Segment("name", STYLES[0])], CUT), Strip([])), (0, CUT))])
    assert rendered(written, line, cursor=Offset(2, 1)).endswith("name\b\b")
    assert rendered(written, line, cursor=Offset(2, 1)) == ""
    assert rendered(written, line) == ""


def test_what_rich_writes_of_it_is_what_is_to_be_sent() -> None:
    written = Written(Able(erases=True))
    update = painted([((1, Strip([Segment("[b]漢\x9b", STYLES[1])], CUT), Strip([])), (0, CUT))])
    sent = written.thrifty(0, update)
    assert sent is not None
    assert CONSOLE._render_buffer(CONSOLE.render(sent)) == everything(update)


def test_what_looks_alike_is_written_together() -> None:
    plain, bold = Look((), "37", "40"), Look(("1",), "37", "40")
    blank, other = plain.without_letters, Look(ground="44", bare=True)
    looks = [bold, plain, bold, blank, other, plain]
    strokes = [Stroke(0, y, [("a" if not look.bare else " ", look)], True) for y, look in enumerate(looks)]
    unsure = Stroke(3, 0, [("漢", bold), ("", bold)], False)
    order = in_order([*strokes, unsure], plain)
    assert order[0] == unsure
    assert [stroke.y for stroke in order[1:]] == [0, 2, 3, 1, 5, 4]  # bold is in force behind the first


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
    assert sent(now.cells[7:], 7, erases=True) == "\x1b[;8H\x1b[;40m\x1b[K"
    assert sent(now.cells[7:], 7, erases=False) == "\x1b[;8H\x1b[;40m" + " " * 11


def sent(cells: Sequence[Cell], x: int, *, erases: bool) -> str:
    pen = Pen(Able(erases=erases))
    pen.width = x + len(cells)
    pen.write(x, 0, cells)
    return pen.taken()


def test_of_a_look_what_changes_is_sent() -> None:
    parts = ("white on black", "red on black", "bold red on black", "red on black", "red on black")
    looks = [None, *(look_of(Style.parse(part), ColorSystem.TRUECOLOR) for part in parts)]
    turned = [turning(now, wanted) for now, wanted in pairwise(looks) if wanted]
    assert turned == ["\x1b[;37;40m", "\x1b[31m", "\x1b[1m", "\x1b[22m", ""]
    assert turning(Look(("1", "4", "7"), "31", "40"), Look()) == "\x1b[m"


def test_what_takes_two_attributes_back_leaves_the_other() -> None:
    assert turning(Look(("1", "2"), "31", "40"), Look(("1",), "31", "40")) == "\x1b[22;1m"


@pytest.mark.parametrize("able", ABLE, ids=str)
@given(st.lists(st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1)), max_size=9))
def test_every_way_leads_to_its_place(able: Able, places: Sequence[tuple[int, int]]) -> None:
    screen, pen = terminal(), Pen(able)
    pen.width = WIDTH
    latest = {}
    for number, (x, y) in enumerate(places):
        letter = chr(ord("a") + number)
        pen.write(x, y, [(letter, Look())])
        latest[x, y] = letter
    Stream(screen).feed(pen.taken())
    assert {at: screen.buffer[at[1]][at[0]].data for at in latest} == latest


def test_accents_stay_with_their_letters() -> None:
    before, now = (cells_of(Strip([Segment(text, STYLES[0])], 3), ColorSystem.TRUECOLOR) for text in
                   ("xa\u0301b", "xa\u0300b"))  # fmt: skip
    assert differences(before.cells, now, to_edge=False) == [(1, 3)]


def test_lines_below_one_another_are_gone_to_by_a_tab_stop() -> None:
    """Set where they began a few times, and taken back when the terminal is another program's."""
    written = Written(Able(erases=True, stops=True))
    sent = [rendered(written, below_one_another(letter * 6)) for letter in "abcdefghij"]
    assert "\x1b[3g" in "".join(sent)
    assert sent[-1].endswith("jjjjjj\x1bE\tjjjjjj\x1bE\tjjjjjj")
    screen = terminal()
    usual = set(screen.tabstops)
    for one in sent:
        Stream(screen).feed(one)
    assert screen.tabstops == {CUT}
    Stream(screen).feed(written.pen.put_down())
    assert screen.tabstops == usual - {WIDTH}  # a cell over
    written.forget()
    assert rendered(written, below_one_another("klmnop")).startswith("\x1b[3g")


def below_one_another(text: str) -> ChopsUpdate:
    return painted([((y, Strip([]), Strip([Segment(text, STYLES[0])])), (CUT, WIDTH)) for y in range(HEIGHT)])


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("xterm-256color", Able(True, True)),
        ("screen-256color", Able(False, True)),
        ("dumb", Able()),
        ("", Able()),
    ],
)
def test_what_a_terminal_can_do_is_asked_of_terminfo(name: str, known: Able) -> None:
    """In a process of its own: it is asked once."""
    asked = "import sys; from tui.paint.terminal import able; print(able(sys.stderr))"
    master, slave = os.openpty()
    said = subprocess.run(
        [sys.executable, "-c", asked],
        stdout=subprocess.PIPE,
        stderr=slave,
        check=True,
        text=True,
        env={**os.environ, "TERM": name},
    )
    os.close(slave)
    os.close(master)
    assert said.stdout.strip() == str(known)
