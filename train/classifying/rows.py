"""The conversation up to an example's last answer, as the model reads it: tokens in, one class out.

Where it is too long, tokens go from the middle of what follows the system prompt: three quarters of what
stays come from its end, one from its beginning, which classifies better than either alone (Sun et al. 2019,
"How to Fine-Tune BERT for Text Classification?", arXiv:1905.05583).
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.errors import UsageError
from schemas.example import Example, Message, without_system
from train.classifying.classes import Classes, answer_at, class_of, find_classes, unknown
from train.template import ChatTemplate, RowError, Tokenizer, as_chat, read_template, render_text, tools_of
from train.tokens import Prepared, Untrainable

_BATCH = 512  # examples a call of the tokenizer: its offsets are Python tuples, so not all at once
_HEAD = 0.25


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One example as token ids and the id of its class. `n_cut` tokens were cut out of the middle."""

    example_id: str
    split: str
    input_ids: "array[int]"
    label: int
    n_cut: int

    def __len__(self) -> int:
        return len(self.input_ids)

    @property
    def truncated(self) -> bool:
        return self.n_cut > 0

    @property
    def n_trained(self) -> int:
        return 1

    @property
    def targets(self) -> "array[int]":
        """The class's id: what is trained here, as the tokens of an answer are elsewhere."""
        return array("i", [self.label])


@dataclass(frozen=True, slots=True)
class Asked:
    """A conversation that waits for a class. `fixed` characters at its beginning are the system prompt's;
    what stands from `closing` on closes the last message."""

    text: str
    fixed: int
    closing: int


def prepare(
    examples: Sequence[Example], tokenizer: Tokenizer, max_length: int, labels: Sequence[str]
) -> tuple[Prepared[ClassRow], Classes]:
    """Every example as a row, or why not. Raises UsageError where there are no classes to tell apart, and
    where no example can be trained on."""
    classes = find_classes(examples, labels)
    template = read_template(tokenizer)
    rows: list[ClassRow] = []
    untrainable: list[Untrainable] = []
    for start in range(0, len(examples), _BATCH):
        for outcome in tokenise(examples[start : start + _BATCH], template, tokenizer, max_length, classes):
            if isinstance(outcome, ClassRow):
                rows.append(outcome)
            else:
                untrainable.append(outcome)
    if not rows:
        raise UsageError(
            f"none of {len(examples)} examples can be trained on: {untrainable[0].reason} "
            f"(first: {untrainable[0].example_id})",
            "raise train.max_length, or look at the example with `curate show`",
        )
    _check_pooling(rows, tokenizer)
    notes = tuple(_notes(examples, template))
    return Prepared(tuple(rows), tuple(untrainable), max_length, template.sha256, notes), classes


def ask(messages: Sequence[Message], template: ChatTemplate, tokenizer: Tokenizer, tools: object) -> Asked:
    """The conversation as the template writes it, opened for an answer. Raises RowError."""
    turns = without_system(messages)
    if not turns:
        raise RowError("nothing stands before its answer")
    text = render_text(tokenizer, as_chat(messages, template.system_role), tools, opened=True)
    first = turns[0].content.strip()
    last = messages[-1].content.strip()
    closing = text.rfind(last) + len(last) if last in text else len(text)
    return Asked(text, max(0, text.find(first)), closing)


def encode(
    asked: Sequence[Asked], tokenizer: Tokenizer, max_length: int
) -> Iterator[tuple["array[int]", int] | str]:
    """Token ids and how many were cut out for each, or why there are none."""
    if not asked:
        return
    # The template writes the special tokens; asking for them here would double the first one.
    encoded = tokenizer(
        [one.text for one in asked], add_special_tokens=False, return_offsets_mapping=True, verbose=False
    )
    for one, ids, offsets in zip(asked, encoded["input_ids"], encoded["offset_mapping"], strict=True):
        fixed = sum(end <= one.fixed for _, end in offsets) if len(ids) > max_length else 0
        closing = sum(start >= one.closing for start, _ in offsets) if len(ids) > max_length else 0
        yield _cut(ids, fixed, closing, max_length)


def _cut(ids: list[int], fixed: int, closing: int, max_length: int) -> tuple["array[int]", int] | str:
    """At most `max_length` ids: the first `fixed` and the last `closing` stay, some between them go."""
    n_cut = max(0, len(ids) - max_length)
    if not n_cut:
        return array("i", ids), 0
    room = max_length - fixed - closing
    if room < 1:
        return f"the system prompt alone fills max_length ({fixed + closing} of {max_length} tokens)"
    head = fixed + int(room * _HEAD)
    return array("i", ids[:head] + ids[head + n_cut :]), n_cut


def tokenise(
    examples: Sequence[Example],
    template: ChatTemplate,
    tokenizer: Tokenizer,
    max_length: int,
    classes: Classes,
) -> Iterator[ClassRow | Untrainable]:
    """Each example as a row of one of these classes, or why not."""
    ids = classes.ids
    asked = [_asked(example, template, tokenizer, classes, ids) for example in examples]
    encoded = encode([one[0] for one in asked if not isinstance(one, Untrainable)], tokenizer, max_length)
    for example, one in zip(examples, asked, strict=True):
        if isinstance(one, Untrainable):
            yield one
            continue
        made = next(encoded)
        if isinstance(made, str):
            yield Untrainable(example.example_id, example.split or "", made)
        else:
            yield ClassRow(example.example_id, example.split or "", made[0], one[1], made[1])


def _asked(
    example: Example, template: ChatTemplate, tokenizer: Tokenizer, classes: Classes, ids: Mapping[str, int]
) -> tuple[Asked, int] | Untrainable:
    name = class_of(example)
    if isinstance(name, Untrainable):
        return name
    if name not in ids:
        return unknown(example, name, classes)
    try:
        before = example.messages[: answer_at(example)]
        return ask(before, template, tokenizer, tools_of(example)), ids[name]
    except RowError as error:
        return Untrainable(example.example_id, example.split or "", str(error))


def _check_pooling(rows: Sequence[ClassRow], tokenizer: Tokenizer) -> None:
    """A head reads the last token that is not the pad token: so no row may end in it."""
    pad = pad_id(tokenizer)
    ending = next((row for row in rows if row.input_ids[-1] == pad), None)
    if ending is not None:
        raise UsageError(
            f"{tokenizer.name_or_path}: example {ending.example_id} ends in the pad token "
            f"{tokenizer.convert_ids_to_tokens(pad)!r}, which a classification head takes for padding",
            "give the tokenizer a pad token that its chat template does not write",
        )


def pad_id(tokenizer: Tokenizer) -> int:
    """The pad token, else the one that ends a text. Raises UsageError where there is neither."""
    found = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    if found is None:
        raise UsageError(
            f"{tokenizer.name_or_path}: the tokenizer has neither a pad token nor one that ends a text",
            "give it a pad token: batches of different lengths need one",
        )
    return int(found)


def _notes(examples: Sequence[Example], template: ChatTemplate) -> Iterator[str]:
    n_system = sum(bool(e.messages) and e.messages[0].role == "system" for e in examples)
    if n_system and not template.system_role:
        yield (
            f"the chat template of {template.name} has no system role: in {n_system} examples the system "
            "prompt stands at the head of the first user message"
        )
    after = [e for e in examples if (at := answer_at(e)) is not None and at < len(e.messages) - 1]
    if after:
        yield (
            f"{len(after):,} examples go on after their last answer: that part is not read "
            f"(first: {after[0].example_id})"
        )
