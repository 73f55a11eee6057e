"""Any text may stand in a page: none of it is markup, none of it is hidden."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from curate.html import Html, code, escaped, table

TEXT = st.text(
    st.one_of(st.sampled_from("<>&\"'\x00\x1b\u202e\ud800\n"), st.characters(exclude_categories=()))
)


@given(TEXT)
def test_text_is_never_markup_nor_hidden(text: str) -> None:
    shown = escaped(text)
    assert not {"<", ">", '"', "'"} & set(shown)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs")]
    shown.encode("utf-8")


def test_numbers_stand_right_and_html_stands_as_it_is() -> None:
    made = table("A table", ["name", "rows", "id"], [["<a>", 1200, code("x&y")], ["b", 3, Html("<i>c</i>")]])
    assert '<th scope="col" class="n">rows</th>' in made
    assert '<td class="n">1,200</td>' in made
    assert "&lt;a&gt;" in made
    assert "<code>x&amp;y</code>" in made
    assert "<i>c</i>" in made
    assert table("A table", ["name"], []) == '<p class="soft">A table: none.</p>\n'
