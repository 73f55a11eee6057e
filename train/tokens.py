"""Tokenisation whose every truncation and mask is recorded, and that loses no example's identity.

A label stands at the position of its own token: the label at position i is predicted from position i−1.
So the token at position 0 is never trained (nothing predicts it), and rows laid end to end stay independent.
"""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic

from schemas.errors import UsageError
from schemas.example import Example
from schemas.run import TokenCounts
from schemas.training import TurnWeights
from train.rows import R_co
from train.template import ChatTemplate, Rendered, RowError, Span, Tokenizer, read_template, render

IGNORE = -100  # the label of a token that is not trained, as transformers has it
_BATCH = 512  # examples a call of the tokenizer: its offsets are Python tuples, so not all at once


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One example as token ids, 4 bytes each. `trained` are the token spans [start, stop) with a label, and
    `weights` what each counts for in the loss that is trained on; none where all count for 1.
    `n_cut` tokens were cut off the end at `max_length`.
    """

    example_id: str
    split: str
    input_ids: "array[int]"
    trained: tuple[tuple[int, int], ...]
    n_cut: int
    weights: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.input_ids)

    @property
    def truncated(self) -> bool:
        return self.n_cut > 0

    @property
    def n_trained(self) -> int:
        return sum(stop - start for start, stop in self.trained)

    @property
    def targets(self) -> "array[int]":
        """The ids of the trained tokens."""
        ids = array("i")
        for start, stop in self.trained:
            ids += self.input_ids[start:stop]
        return ids

    @property
    def labels(self) -> list[int]:
        """As long as `input_ids`: the token's id where it is trained, IGNORE elsewhere."""
        labels = [IGNORE] * len(self)
        for start, stop in self.trained:
            labels[start:stop] = self.input_ids[start:stop]
        return labels

    @property
    def token_weights(self) -> list[float]:
        """As long as `input_ids`: what each token counts for where it is trained, 1 elsewhere."""
        weights = [1.0] * len(self)
        for (start, stop), weight in zip(self.trained, self.weights, strict=False):
            weights[start:stop] = [weight] * (stop - start)
        return weights


@dataclass(frozen=True, slots=True)
class Untrainable:
    """An example that cannot be trained on, and why."""

    example_id: str
    split: str
    reason: str


@dataclass(frozen=True, slots=True)
class Prepared(Generic[R_co]):
    """Rows in the order of the examples. Every example is in `rows` or in `untrainable`.
    `notes` are sentences for the person who started the run."""

    rows: tuple[R_co, ...]
    untrainable: tuple[Untrainable, ...]
    max_length: int
    template_sha256: str
    notes: tuple[str, ...]

    def of(self, split: str) -> list[R_co]:
        return [row for row in self.rows if row.split == split]

    @property
    def counts(self) -> TokenCounts:
        return TokenCounts(
            truncated=sum(row.truncated for row in self.rows),
            masked_out=len(self.untrainable),
            total=sum(len(row) for row in self.rows),
            trained=sum(row.n_trained for row in self.rows),
        )


def prepare(
    examples: Sequence[Example], tokenizer: Tokenizer, max_length: int, turn_weights: TurnWeights = "all"
) -> Prepared[TokenRow]:
    """Tokenise every example and mark what is trained; rows too long are cut at the end. A turn that weighs 0
    is not trained.

    Raises UsageError where the template cannot be trained on, or where no example can.
    """
    template = read_template(tokenizer)
    rows: list[TokenRow] = []
    untrainable: list[Untrainable] = []
    for start in range(0, len(examples), _BATCH):
        batch = examples[start : start + _BATCH]
        for outcome in _tokenised(batch, template, tokenizer, max_length, turn_weights):
            if isinstance(outcome, TokenRow):
                rows.append(outcome)
            else:
                untrainable.append(outcome)
    if examples and not rows:
        raise _nothing_to_train(untrainable)
    notes = _notes(examples, template, tokenizer)
    return Prepared(tuple(rows), tuple(untrainable), max_length, template.sha256, notes)


def _tokenised(
    examples: Sequence[Example],
    template: ChatTemplate,
    tokenizer: Tokenizer,
    max_length: int,
    turn_weights: TurnWeights,
) -> Iterator[TokenRow | Untrainable]:
    rendered = [_rendered(example, template, tokenizer) for example in examples]
    texts = [r.text for r in rendered if isinstance(r, Rendered)]
    # The template writes the special tokens; asking for them here would double the first one.
    encoded = (
        tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        if texts
        else {}
    )
    tokens = iter(zip(encoded.get("input_ids", ()), encoded.get("offset_mapping", ()), strict=True))
    for example, text in zip(examples, rendered, strict=True):
        if isinstance(text, Untrainable):
            yield text
        else:
            yield _row(example, text, *next(tokens), max_length, turn_weights)


def _rendered(example: Example, template: ChatTemplate, tokenizer: Tokenizer) -> Rendered | Untrainable:
    try:
        return render(template, tokenizer, example)
    except RowError as error:
        return Untrainable(example.example_id, example.split or "", str(error))


def _row(
    example: Example,
    text: Rendered,
    ids: list[int],
    offsets: list[tuple[int, int]],
    max_length: int,
    turn_weights: TurnWeights,
) -> TokenRow | Untrainable:
    split = example.split or ""
    turns = _token_spans(text.trained, offsets)
    weighed = zip(turns, _weights(turn_weights, len(turns)), strict=True)
    spans = [(span, weight) for span, weight in weighed if span[0] < span[1] and weight]
    if not spans:
        said = any(start < stop for start, stop in turns)
        reason = "what the assistant says weighs 0" if said else "the assistant says nothing"
        return Untrainable(example.example_id, split, reason)
    kept = [((start, min(stop, max_length)), w) for (start, stop), w in spans if start < max_length]
    if not kept:
        reason = f"its prompt alone fills max_length ({spans[0][0][0]} of {max_length} tokens)"
        return Untrainable(example.example_id, split, reason)
    return TokenRow(
        example.example_id,
        split,
        array("i", ids[:max_length]),
        tuple(span for span, _ in kept),
        n_cut=max(0, len(ids) - max_length),
        weights=tuple(w for _, w in kept) if any(w != 1 for _, w in kept) else (),
    )


def _weights(asked: TurnWeights, turns: int) -> list[float]:
    """One for each turn of the assistant. Numbers are for the last turns, the first for all before them."""
    numbers = {"all": (1.0,), "last": (0.0, 1.0)}[asked] if isinstance(asked, str) else asked
    first = [numbers[0]] * (turns - len(numbers))
    return [*first, *numbers][-turns:] if turns else []


def _token_spans(spans: Sequence[Span], offsets: list[tuple[int, int]]) -> list[Span]:
    """Token spans [start, stop) that overlap the character spans, but for position 0: nothing predicts it.
    A span of no token is empty."""
    starts = [start for start, _ in offsets]
    ends = [end for _, end in offsets]
    return [(max(1, bisect_right(ends, start)), bisect_left(starts, end)) for start, end in spans]


def _notes(examples: Sequence[Example], template: ChatTemplate, tokenizer: Tokenizer) -> tuple[str, ...]:
    notes = []
    n_system = sum(bool(e.messages) and e.messages[0].role == "system" for e in examples)
    if n_system and not template.system_role:
        notes.append(
            f"the chat template of {template.name} has no system role: in {n_system} examples the system "
            "prompt stands at the head of the first user message"
        )
    if template.end_of_turn is None:
        notes.append(
            f"the chat template of {template.name} puts nothing after an answer: the model learns no end"
        )
    control = _control_tokens(tokenizer)
    holding = [e.example_id for e in examples if any(control.search(m.content) for m in e.messages)]
    if holding:
        notes.append(
            f"{len(holding)} examples hold a control token of {template.name} in their text, and the model "
            f"reads it as one (first: {holding[0]})"
        )
    return tuple(notes)


def _control_tokens(tokenizer: Tokenizer) -> re.Pattern[str]:
    special = [re.escape(t.content) for t in tokenizer.added_tokens_decoder.values() if t.special]
    return re.compile("|".join(special) or r"(?!)")


def _nothing_to_train(untrainable: Sequence[Untrainable]) -> UsageError:
    reasons = Counter(re.sub(r"\d+", "…", row.reason) for row in untrainable)
    reason, _ = reasons.most_common(1)[0]
    return UsageError(
        f"none of {len(untrainable)} examples can be trained on: {reason} "
        f"(first: {untrainable[0].example_id})",
        "raise train.max_length, or look at the example with `curate show`",
    )
