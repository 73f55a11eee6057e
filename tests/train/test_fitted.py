"""Tables in terminals that are too narrow for them."""

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table

from train.fitted import fitted
from train.tables import blank_table

CELL = st.text("ab ·-0.", max_size=12)


def shown(table: Table, room: int) -> list[str]:
    console = Console(width=room, file=StringIO(), highlight=False)
    with console.capture() as captured:
        console.print(fitted(table, console, room))
    return [line.rstrip() for line in captured.get().splitlines()]


@pytest.fixture
def losses() -> Table:
    table = blank_table("split")
    for name in ("A", "B", "95 %"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict")
    table.add_row("test", "0.4606", "0.4184", "-0.0565 to -0.0284", "better or chance")
    table.add_row("validation", "0.4478", "0.4284", "", "not enough evidence")
    return table


def test_a_table_stays_one_where_its_columns_have_room(losses: Table) -> None:
    assert shown(losses, 70) == [
        "split            A       B                95 %  verdict",
        "test        0.4606  0.4184  -0.0565 to -0.0284  better or chance",
        "validation  0.4478  0.4284                      not enough evidence",
    ]
    assert shown(losses, 56)[0].split() == ["split", "A", "B", "95", "%", "verdict"], "words may be wrapped"


def test_else_each_row_is_a_paragraph_with_all_its_figures(losses: Table) -> None:
    assert shown(losses, 40) == [
        "test",
        "  A 0.4606 · B 0.4184",
        "  95 % -0.0565 to -0.0284",
        "  verdict better or chance",
        "validation",
        "  A 0.4478 · B 0.4284",
        "  verdict not enough evidence",
    ]


def test_a_paragraph_that_begins_with_a_number_says_of_what() -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("rows", justify="right")
    table.add_column("source", no_wrap=True)
    table.add_row("63", "raw/promo-returns.jsonl")
    assert shown(table, 26) == ["63 rows", "  source", "raw/promo-returns.jsonl"]


def test_a_column_that_says_what_it_needs_is_cut_to_that() -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("example", no_wrap=True, min_width=8)
    table.add_column("text", no_wrap=True, overflow="ellipsis", min_width=8)
    table.add_row("8cd4eb05", "How much is the coat?")
    assert shown(table, 18) == ["example   text", "8cd4eb05  How much"]
    assert shown(table, 17)[0] == "8cd4eb05"


def test_a_long_path_is_folded_in_a_table() -> None:
    table = blank_table("run", "model")
    table.columns[1].no_wrap = False
    table.add_row("r1", f"/models/{40 * 'x'}")
    assert shown(table, 26)[0] == "run  model"
    assert "".join(line[5:] for line in shown(table, 26)[1:]) == f"/models/{40 * 'x'}"
    assert shown(table, 24)[0] == "r1"


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=4), st.integers(20, 60))
def test_nothing_is_cut_whatever_the_room(rows: list[tuple[str, str, str]], room: int) -> None:
    table = blank_table("x", "y", "z")
    for row in rows:
        table.add_row(*row)
    said = " ".join(shown(table, room))
    assert "…" not in said
    for row in rows:
        assert all(word in said for cell in row for word in cell.split())
