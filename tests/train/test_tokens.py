"""Tokenisation: what is trained, what is cut, what is left out, and that none of it goes unsaid."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import UsageError
from schemas.example import Example, Message
from train.tokens import IGNORE, Prepared, TokenRow, prepare

Make = Callable[..., Example]
ASK = [("system", "Be brief."), ("user", "Where is order 4821?")]


def trained_text(tokenizer: Any, row: TokenRow) -> list[str]:
    return [tokenizer.decode(row.input_ids[start:stop].tolist()) for start, stop in row.trained]


def test_only_the_answer_and_its_end_are_trained(tokenizer: Any, make_example: Make) -> None:
    example = make_example(
        *ASK, ("assistant", "It left today."), ("user", "Thanks!"), ("assistant", "Welcome.")
    )
    (row,) = prepare([example], tokenizer, 256).rows
    assert trained_text(tokenizer, row) == ["It left today.<|end|>", "Welcome.<|end|>"]
    assert tokenizer.decode(row.input_ids[: row.trained[0][0]].tolist()).endswith("4821?<|end|><|assistant|>")
    assert (row.example_id, row.split, row.truncated) == (example.example_id, "train", False)


def test_ids_and_mask_are_those_of_transformers(tokenizer: Any, examples: list[Example]) -> None:
    for example, row in zip(examples, prepare(examples, tokenizer, 512).rows, strict=True):
        theirs = tokenizer.apply_chat_template(
            [m.to_dict() for m in example.messages], return_dict=True, return_assistant_tokens_mask=True
        )
        assert row.input_ids.tolist() == theirs["input_ids"]
        assert [label != IGNORE for label in row.labels] == [bool(m) for m in theirs["assistant_masks"]]


def test_labels_are_the_ids_of_trained_tokens(tokenizer: Any, examples: list[Example]) -> None:
    for row in prepare(examples, tokenizer, 512).rows:
        assert len(row.labels) == len(row) == len(row.input_ids)
        assert all(label in (IGNORE, token) for label, token in zip(row.labels, row.input_ids, strict=True))
        assert sum(label != IGNORE for label in row.labels) == row.n_trained > 0
        assert row.labels[0] == IGNORE


def test_the_same_spans_come_from_a_template_without_marks(
    tokenizer: Any, without_marks: Any, examples: list[Example]
) -> None:
    with_marks, by_prefix = prepare(examples, tokenizer, 512), prepare(examples, without_marks, 512)
    assert with_marks.rows == by_prefix.rows
    assert with_marks.template_sha256 != by_prefix.template_sha256


def test_every_example_is_a_row_or_untrainable(tokenizer: Any, make_example: Make) -> None:
    made = [
        make_example(*ASK, ("assistant", "It left today.")),
        make_example(*ASK),
        make_example(("user", "word " * 100), ("assistant", "It left today.")),
        make_example(("user", "What now?"), ("assistant", "wait " * 100)),
    ]
    n_prompt = prepare(made, tokenizer, 512).rows[1].trained[0][0]
    prepared = prepare(made, tokenizer, 32)
    assert [row.example_id for row in prepared.rows] == [made[0].example_id, made[3].example_id]
    assert [(u.example_id, u.reason) for u in prepared.untrainable] == [
        (made[1].example_id, "no assistant message"),
        (made[2].example_id, f"its prompt alone fills max_length ({n_prompt} of 32 tokens)"),
    ]
    cut = prepared.rows[1]
    assert (cut.truncated, len(cut)) == (True, 32)
    whole = prepare([made[3]], tokenizer, 512).rows[0]
    assert (cut.input_ids, cut.n_cut) == (whole.input_ids[:32], len(whole) - 32)
    assert counts(prepared) == (1, 2, len(prepared.rows[0]) + 32, prepared.rows[0].n_trained + cut.n_trained)


def test_a_prompt_that_just_fills_max_length_leaves_nothing(tokenizer: Any, make_example: Make) -> None:
    example, short = (
        make_example(*ASK, ("assistant", "Yes.")),
        make_example(("user", "a"), ("assistant", "b")),
    )
    n_prompt = prepare([example], tokenizer, 64).rows[0].trained[0][0]
    assert prepare([example, short], tokenizer, n_prompt).untrainable[0].example_id == example.example_id
    assert prepare([example], tokenizer, n_prompt + 1).rows[0].n_trained == 1


def counts(prepared: Prepared) -> tuple[int, int, int, int]:
    c = prepared.counts
    return c.truncated, c.masked_out, c.total, c.trained


@given(max_length=st.integers(64, 200))
def test_counts_close_at_any_length(tokenizer: Any, examples: list[Example], max_length: int) -> None:
    prepared = prepare(examples, tokenizer, max_length)
    whole = {row.example_id: row for row in prepare(examples, tokenizer, 10_000).rows}
    assert len(prepared.rows) + len(prepared.untrainable) == len(examples) == len(whole)
    for row in prepared.rows:
        assert row.input_ids == whole[row.example_id].input_ids[:max_length]
        assert row.labels == whole[row.example_id].labels[:max_length]
        assert len(row) + row.n_cut == len(whole[row.example_id])
        assert row.n_trained > 0
    assert prepared.counts.truncated == sum(len(r) > max_length for r in whole.values()) - len(
        prepared.untrainable
    )
    assert prepared.counts.trained == sum(label != IGNORE for row in prepared.rows for label in row.labels)


def test_nothing_to_train_on_is_an_error_that_says_why(tokenizer: Any, make_example: Make) -> None:
    with pytest.raises(UsageError, match="none of 1 examples can be trained on: its prompt alone") as caught:
        prepare([make_example(("user", "word " * 100), ("assistant", "no"))], tokenizer, 16)
    assert "max_length" in caught.value.mend


def test_an_empty_answer_trains_its_end(tokenizer: Any, make_example: Make) -> None:
    (row,) = prepare([make_example(*ASK, ("assistant", ""))], tokenizer, 64).rows
    assert trained_text(tokenizer, row) == ["<|end|>"]


def test_tools_and_calls_reach_the_template(tokenizer: Any) -> None:
    call = '[{"id":"c1","type":"function","function":{"name":"find","arguments":"{\\"order\\":4821}"}}]'
    messages = (
        Message("user", "Where is 4821?"),
        Message("assistant", "", tool_calls=call),
        Message("tool", "on its way", tool_call_id="c1"),
        Message("assistant", "On its way."),
    )
    metadata = {"tools": [{"type": "function", "function": {"name": "find", "parameters": {}}}]}
    example = Example("e1", messages, "a", 1, metadata=metadata, split="train")
    (row,) = prepare([example], tokenizer, 512).rows
    assert '"name": "find", "parameters"' in tokenizer.decode(row.input_ids[: row.trained[0][0]].tolist())
    assert trained_text(tokenizer, row) == [
        '<|call|>{"name": "find", "arguments": {"order": 4821}}<|end|>',
        "On its way.<|end|>",
    ]


def test_a_tool_call_that_is_not_json_is_left_out_with_its_reason(tokenizer: Any, make_example: Make) -> None:
    broken = Example("e1", (Message("user", "a"), Message("assistant", "", tool_calls="[{")), "a", 1)
    prepared = prepare([broken, make_example(*ASK, ("assistant", "Yes."))], tokenizer, 64)
    (left_out,) = prepared.untrainable
    assert left_out.reason.startswith("tool_calls: not JSON")


def test_a_control_token_in_the_text_is_pointed_out(tokenizer: Any, make_example: Make) -> None:
    example = make_example(("user", "what does <|end|> mean?"), ("assistant", "The end."))
    (note,) = prepare([example], tokenizer, 64).notes
    assert "hold a control token" in note
    assert example.example_id in note


def test_a_row_longer_than_the_model_is_no_warning(tokenizer: Any, make_example: Make) -> None:
    (row,) = prepare([make_example(("user", "a"), ("assistant", "word " * 3000))], tokenizer, 4096).rows
    assert len(row) > tokenizer.model_max_length
