"""Token losses find their characters again, whatever the language, the cut and the spelling of tokens."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models

from schemas.example import Message
from train.token_bytes import TokenBytes
from tui.model.tokens import TokenNote, align

ANSWER = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def tokenizer(byte_tokenizer: Tokenizer) -> Tokenizer:
    return byte_tokenizer


@given(answers=st.lists(ANSWER, min_size=1, max_size=3))
def test_spans_cover_every_character_once(tokenizer: Tokenizer, answers: list[str]) -> None:
    end = tokenizer.token_to_id("<|end|>")
    ids = [i for a in answers for i in [*tokenizer.encode(a, add_special_tokens=False).ids, end]]
    pieces = TokenBytes(tokenizer).of(ids)
    aligned = align(pieces, [1.0] * len(pieces), dict(enumerate(answers)))
    assert aligned is not None
    for index, answer in enumerate(answers):
        spans = aligned[index]
        assert (spans[0][0], spans[-1][1]) == (0, len(answer))
        assert all(before[1] == after[0] for before, after in pairwise(spans))


def test_each_token_has_its_own_loss(tokenizer: Tokenizer) -> None:
    encoding = tokenizer.encode("the order", add_special_tokens=False)
    nll = [float(i) for i in range(len(encoding.ids))]
    aligned = align(TokenBytes(tokenizer).of(encoding.ids), nll, {2: "the order"})
    assert aligned == {2: [(*span, loss) for span, loss in zip(encoding.offsets, nll, strict=True)]}


def test_a_letter_of_several_tokens_has_the_worst_loss(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode("漢", add_special_tokens=False).ids
    assert len(ids) == 3
    assert align(TokenBytes(tokenizer).of(ids), [1.0, 5.0, 2.0], {0: "漢"}) == {0: [(0, 1, 5.0)]}


def test_a_truncated_answer_is_shaded_as_far_as_it_was_trained(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode("abc def", add_special_tokens=False).ids[:4]
    aligned = align(TokenBytes(tokenizer).of(ids), [1.0] * 4, {0: "abc def", 1: "never reached"})
    assert aligned is not None
    assert aligned[0][-1][1] == 4
    assert 1 not in aligned


def test_another_text_is_not_shaded(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode("abc", add_special_tokens=False).ids
    assert align(TokenBytes(tokenizer).of(ids), [1.0] * 3, {0: "xyz"}) is None


def test_sentencepiece_spelling() -> None:
    vocabulary = {"▁Hello": 0, "▁w": 1, "<0xC3>": 2, "<0xBC>": 3, "</s>": 4}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="</s>"))
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    tokenizer.add_special_tokens(["</s>"])
    pieces = TokenBytes(tokenizer).of([0, 1, 2, 3, 4])
    assert b"".join(pieces) == " Hello wü</s>".encode()
    assert align(pieces, [1.0, 2.0, 3.0, 4.0, 5.0], {1: "Hello wü"}) == {
        1: [(0, 5, 1.0), (5, 7, 2.0), (7, 8, 4.0)]
    }


def test_losses_of_a_run_are_read_by_row_group(bench: Any, desk: Any) -> None:
    for example in (desk.examples[-1], desk.examples[0], desk.examples[5]):
        spans = bench.tokens.spans(example)
        assert list(spans) == [2]
        assert spans[2][0][2] == pytest.approx(0.1)
        assert spans[2][-1][1] == len(example.answer)


def test_without_token_losses_it_says_why(make_desk: Any) -> None:
    desk = make_desk(tokens=False)
    with desk.bench() as bench:
        assert bench.tokens.spans(desk.examples[0]) == TokenNote("the run has no token losses")


def test_an_edited_text_is_not_shaded(bench: Any) -> None:
    bench.review.edit([Message("user", "Where?"), Message("assistant", "Another answer.")])
    bench.review.place.go(0)
    note = bench.tokens.spans(bench.review.example)
    assert note == TokenNote("the text is not the one that the run was trained on")


def test_a_missing_tokenizer_is_said(bench: Any, desk: Any) -> None:
    (desk.recipe.parent / ".siftune" / "runs" / "r1" / "adapter" / "tokenizer.json").unlink()
    note = bench.tokens.spans(desk.examples[0])
    assert isinstance(note, TokenNote)
    assert "tokenizer.json" in note.why
