"""What tokenisation loses is counted and named, row by row."""

from collections.abc import Callable
from typing import Any

import pytest

from schemas.example import Example
from train.plan.findings import Finding, find, lengths
from train.plan.masks import coloured, masked, plain
from train.tokens import prepare

Make = Callable[..., Example]
UNCUT = 2**31 - 1


def findings(examples: list[Example], tokenizer: Any, max_length: int = 256) -> dict[str, Finding]:
    cut, whole = (prepare(examples, tokenizer, length) for length in (max_length, UNCUT))
    found = find(examples, cut, whole, tokenizer, len(tokenizer))
    kinds = {finding.kind: finding for finding in found}
    assert len(kinds) == len(found)
    return kinds


def copy_of(tokenizer: Any, **changed: Any) -> Any:
    import copy

    changed_one = copy.deepcopy(tokenizer)
    for name, value in changed.items():
        setattr(changed_one, name, value)
    return changed_one


def test_nothing_is_said_of_rows_that_lose_nothing(examples: list[Example], tokenizer: Any) -> None:
    assert findings(examples, tokenizer) == {}


def test_cut_rows_and_lost_ends_are_named(make_example: Make, tokenizer: Any) -> None:
    short = make_example(("user", "hello"), ("assistant", "hello"))
    long = make_example(("user", "hello"), ("assistant", "a long answer " * 30))
    # Its answer ends before the cut, only what the user says then is lost
    after = make_example(("user", "hi"), ("assistant", "hello"), ("user", "and more " * 40))
    found = findings([short, long, after], tokenizer, max_length=48)
    assert found["truncated"].ids == (long.example_id, after.example_id)
    assert found["end of turn"].ids == (long.example_id,)
    assert "<|end|>" in found["end of turn"].text


def test_rows_with_nothing_to_train_on_are_counted_by_reason(make_example: Make, tokenizer: Any) -> None:
    prompts = [make_example(("user", "so many words " * n), ("assistant", "yes")) for n in (30, 40)]
    silent = make_example(("user", "hello"))
    good = make_example(("user", "hello"), ("assistant", "hello"))
    examples = [*prompts, silent, good]
    cut, whole = (prepare(examples, tokenizer, n) for n in (32, UNCUT))
    found = [
        f for f in find(examples, cut, whole, tokenizer, len(tokenizer)) if f.kind == "nothing to train on"
    ]
    assert [(f.ids, f.level) for f in found] == [
        (tuple(p.example_id for p in prompts), "warning"),
        ((silent.example_id,), "warning"),
    ]
    assert "its prompt alone fills max_length" in found[0].text


def test_a_prompt_that_is_not_the_beginning_is_found(examples: list[Example], tokenizer: Any) -> None:
    # What stands at the end of the prompt is not what stands before the answer in training
    template = tokenizer.chat_template.replace(
        "{%- if add_generation_prompt %}", "{%- if add_generation_prompt %}Now: "
    )
    assert template != tokenizer.chat_template
    found = findings(examples, copy_of(tokenizer, chat_template=template))
    assert len(found["prompt"].ids) == len(examples)


def test_an_answer_that_its_template_does_not_close_is_found(make_example: Make, tokenizer: Any) -> None:
    template = tokenizer.chat_template.replace(
        "{{- '<|end|>' }}\n{%- endgeneration %}",
        "{%- if 'halt' not in message.content %}{{ '<|end|>' }}{% endif %}{% endgeneration %}",
    )
    assert template != tokenizer.chat_template
    closed, open_end = (make_example(("user", "go"), ("assistant", says)) for says in ("going", "halt"))
    found = findings([closed, open_end], copy_of(tokenizer, chat_template=template))
    assert found["end of turn"].ids == (open_end.example_id,)


def test_a_template_that_ends_no_turn_is_told(examples: list[Example], tokenizer: Any) -> None:
    template = tokenizer.chat_template.replace("<|end|>", "")
    assert "learns no end" in findings(examples, copy_of(tokenizer, chat_template=template))["template"].text


def test_bos_twice_and_bos_left_out(examples: list[Example], tokenizer: Any) -> None:
    bos = copy_of(tokenizer, bos_token="<|user|>")  # any special token will do
    twice = copy_of(bos, chat_template="{{ bos_token + bos_token }}" + bos.chat_template)
    assert len(findings(examples, twice)["double BOS"].ids) == len(examples)
    once = copy_of(bos, chat_template="{{ bos_token }}" + bos.chat_template)
    assert "double BOS" not in findings(examples, once)


def test_a_missing_pad_token_and_missing_marks(
    examples: list[Example], tokenizer: Any, without_marks: Any
) -> None:
    assert findings(examples, copy_of(tokenizer, pad_token=None)).keys() == {"no pad token"}
    marks = findings(examples, without_marks)
    assert [(kind, finding.level) for kind, finding in marks.items()] == [("no generation marks", "note")]


def test_tokens_that_the_model_does_not_know(examples: list[Example], tokenizer: Any) -> None:
    prepared = prepare(examples, tokenizer, 256)
    highest = max(max(row.input_ids) for row in prepared.rows)
    assert find(examples, prepared, prepared, tokenizer, highest + 1) == []
    (found,) = find(examples, prepared, prepared, tokenizer, highest)
    assert found.kind == "unknown token"


def test_lengths_are_those_before_the_cut(examples: list[Example], tokenizer: Any) -> None:
    whole = prepare(examples, tokenizer, UNCUT).rows
    of = lengths(prepare(examples, tokenizer, 40).rows)
    sizes = sorted(len(row) for row in whole if row.trained[0][0] < 40)
    assert (of.rows, of.longest, of.median) == (len(sizes), sizes[-1], sizes[len(sizes) // 2])
    assert sum(bar.rows for bar in of.bars) == of.rows
    assert all(a.high + 1 == b.low for a, b in zip(of.bars, of.bars[1:], strict=False))
    with pytest.raises(ValueError, match="no rows"):
        lengths([])


def test_the_mask_shows_what_is_trained_and_nothing_else(make_example: Make, tokenizer: Any) -> None:
    example = make_example(
        ("user", "one"), ("assistant", "two ⟦2⟧"), ("user", "three"), ("assistant", "four\x1b[31m")
    )
    (row,) = prepare([example], tokenizer, 256).rows
    shown = masked(row, tokenizer)
    trained = [piece.text for piece in shown.pieces if piece.trained]
    assert trained == ["two ⟦2⟧<|end|>", "four␛[31m<|end|>"]
    assert shown.trained == row.n_trained
    assert shown.prompt + shown.trained == len(row)
    text = plain(shown)
    assert "⟦two ⟦⟦2⟧⟧<|end|>⟧" in text
    assert "\x1b" not in text
    bold = coloured(shown)
    assert [bold.plain[s.start : s.end] for s in bold.spans if s.style == "bold green"] == trained
