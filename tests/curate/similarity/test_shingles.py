"""Compiled and plain shingles against each other, and both against sets of word tuples."""

from hypothesis import example, given
from hypothesis import strategies as st

from curate.similarity.folding import tables
from curate.similarity.shingles import Shingles, jaccard
from curate.similarity.words import fold_character, words

TEXTS = st.lists(
    st.one_of(st.text(), st.text(st.characters(codec=None)), st.text("ab .İßﬃ東ไé\ud800", max_size=40)),
    max_size=12,
)


def grams(text: str, n: int) -> set[tuple[str, ...]]:
    tokens = words(text)
    size = min(n, len(tokens))
    return {tuple(tokens[at : at + size]) for at in range(len(tokens) - size + 1) if size}


@given(TEXTS, st.integers(1, 6))
@example(["", "!!!", "ha " * 30, "a" * 200, "\x00a\x00", "Straße STRASSE", "𠀀𠀁 x", "🏴󠁧󠁢󠁥󠁮󠁧󠁿 flag", "ΐ" * 50], 5)
def test_compiled_and_plain_are_one(texts: list[str], n: int) -> None:
    plain, compiled = (Shingles.of(texts, n, compiled=how) for how in (False, True))
    for name, array in plain.arrays().items():
        assert array.dtype == compiled.arrays()[name].dtype
        assert array.tolist() == compiled.arrays()[name].tolist(), name
    assert plain.counts.tolist() == [len(words(text)) for text in texts]
    assert plain.sizes.tolist() == [len(grams(text, n)) for text in texts]


@given(st.lists(st.text("abc é東", max_size=30), min_size=2, max_size=6), st.integers(1, 4))
def test_hashes_are_equal_where_the_ngrams_are(texts: list[str], n: int) -> None:
    shingles = Shingles.of(texts, n, compiled=True)
    for i, a in enumerate(texts):
        for j, b in enumerate(texts):
            assert jaccard(set(shingles[i].tolist()), set(shingles[j].tolist())) == jaccard(
                grams(a, n), grams(b, n)
            )
            assert (shingles.texts[i] == shingles.texts[j]) == (words(a) == words(b))
            assert (shingles.sets[i] == shingles.sets[j]) == (grams(a, n) == grams(b, n))


def test_every_character_folds_in_the_tables_as_it_does_alone() -> None:
    starts, folded = tables(True)
    data = folded.tobytes()
    wrong = [
        code
        for code in range(128, 0x110000)
        if data[starts[code] : starts[code + 1]] != fold_character(code).encode("utf-8", "surrogatepass")
    ]
    assert not wrong
    assert all(fold_character(code).split() == words(chr(code)) for code in range(0, 0x110000, 7))


def test_batches_joined_are_the_whole() -> None:
    texts = [f"row {n} {'and more ' * (n % 7)}" for n in range(5000)]
    whole = Shingles.of(texts, 3)
    parts = [Shingles.of(texts[at : at + 700], 3).arrays() for at in range(0, 5000, 700)]
    joined = Shingles.joined(iter(parts), len(texts))
    assert all((joined.arrays()[name] == array).all() for name, array in whole.arrays().items())
    assert len(Shingles.joined([], 0)) == 0


def test_rows_of_few_words_can_be_left_out() -> None:
    shingles = Shingles.of(["one two", "one two three four five six", "x"], 5)
    longer = shingles.at_least(3)
    assert longer.sizes.tolist() == [0, 2, 0]
    assert longer[1].tolist() == shingles[1].tolist()
