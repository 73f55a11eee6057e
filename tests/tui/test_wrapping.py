"""Lines never exceed their cells, and lose nothing but the spaces at which they break."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.safe_text import SafeText, visible
from tui.wrapping import fit, hanging, wrap

TEXT = st.text(st.one_of(st.sampled_from("ab  \n漢字é́👍"), st.characters(exclude_categories=("Cs",)))).map(
    visible
)
WIDTH = st.integers(min_value=2, max_value=30)


@given(TEXT, WIDTH)
def test_no_line_is_wider_than_asked(text: SafeText, width: int) -> None:
    assert all(cell_len(text[start:end]) <= width for start, end in wrap(text, width))


@given(TEXT, WIDTH)
def test_lines_keep_order_and_lose_only_space(text: SafeText, width: int) -> None:
    lines = wrap(text, width)
    kept = "".join(text[start:end] for start, end in lines)
    assert kept.replace(" ", "") == text.replace(" ", "").replace("\n", "")
    assert all(before[1] <= after[0] for before, after in pairwise(lines))


@given(TEXT.map(lambda text: SafeText(text.replace("\n", ""))), st.integers(min_value=0, max_value=30))
def test_fit_is_exact(text: SafeText, width: int) -> None:
    assert cell_len(fit(text, width)) == width


def test_words_stay_whole() -> None:
    text = SafeText("one two three")
    assert [text[a:b] for a, b in wrap(text, 8)] == ["one two", "three"]


def test_wide_characters_are_measured() -> None:
    text = SafeText("漢字漢字")
    assert [text[a:b] for a, b in wrap(text, 5)] == ["漢字", "漢字"]


@given(TEXT, WIDTH)
def test_hanging_lines_fit_and_lose_only_space(text: SafeText, width: int) -> None:
    lines = hanging(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")


def test_what_goes_on_stands_below_its_column() -> None:
    assert hanging(SafeText("dedup  12  three words here"), 22) == [
        "dedup  12  three words",
        "           here",
    ]
    assert hanging(SafeText("one two three"), 8) == ["one two", "three"]
    assert hanging(SafeText("a long name  x y z"), 15) == ["a long name  x", "y z"]
