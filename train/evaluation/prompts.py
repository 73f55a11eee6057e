"""Items as a model reads them: token ids of prompts, and rows whose loss is measured, with shots or without.

All of it is rendered in the run's template, as training rendered it.
"""

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from schemas.errors import UsageError
from schemas.evaluation import Skipped
from schemas.example import Example
from train.evaluation.items import Item
from train.template import RowError, as_chat, render_text, tools_of
from train.tokens import TokenRow, prepare
from train.using.opened import Opened


@dataclass(frozen=True, slots=True)
class Prompt:
    """An item's conversation as ids, up to where the answer begins; `room`: tokens that the answer may have.
    `shots` stand before it."""

    item: Item
    ids: "array[int]"
    room: int
    shots: tuple[Example, ...] = ()


class Prompter:
    """`context`: tokens that a model takes in all, None where its config names no limit."""

    def __init__(self, opened: Opened, context: int | None) -> None:
        self._opened = opened
        self._context = context

    def prompt(self, item: Item, shots: Sequence[Example], max_new_tokens: int) -> Prompt | Skipped:
        """The item's prompt. Shots leave, the farthest first, until prompt and answer fit into the context,
        and the whole example too, whose loss is measured."""
        shown = list(shots)
        try:
            while True:
                ids = self._ids(item, shown)
                room = max_new_tokens if self._context is None else self._context - len(ids)
                whole = len(self._reference_ids(item)) + 1 if shown else 0
                if not shown or room >= max(max_new_tokens, whole):
                    break
                shown.pop(0)
        except RowError as error:
            return Skipped(example_id=item.example.example_id, reason=str(error))
        if room < 1:
            reason = f"its prompt of {len(ids):,} tokens fills the model's {self._context:,}"
            return Skipped(example_id=item.example.example_id, reason=reason)
        return Prompt(item, array("i", ids), min(room, max_new_tokens), tuple(shown))

    def reference(self, item: Item) -> str:
        """The answer that the data has, as text. Calls of tools are as the template writes them, which is
        what the model was taught to say."""
        message = item.reference
        if message.tool_calls is None:
            return message.content
        try:
            return self._as_written(item)
        except RowError:
            return json.dumps(message.to_dict(), ensure_ascii=False)

    def longest_reference(self, items: Sequence[Item]) -> int:
        """In tokens."""
        return max((len(self._reference_ids(item)) for item in items), default=1)

    def row(self, example: Example, shots: Sequence[Example], plain: TokenRow) -> TokenRow | None:
        """The example behind its shots, trained tokens being those that `plain` has, its row without shots;
        None where they do not fit into the context or are cut into other tokens."""
        if not shots:
            return plain
        shown = replace(example, messages=self._behind(example.messages, shots))
        try:
            (row,) = prepare([shown], self._opened.tokenizer, self._context or 1 << 30).rows
        except UsageError:
            return None
        own = replace(row, trained=row.trained[-len(plain.trained) :])
        return own if own.targets == plain.targets else None

    def _ids(self, item: Item, shots: Sequence[Example]) -> list[int]:
        ids: list[int] = self._tokens(self._text(self._behind(item.before, shots), item.example, opened=True))
        return ids

    def _reference_ids(self, item: Item) -> list[int]:
        return self._tokens(self.reference(item))

    def _as_written(self, item: Item) -> str:
        messages = item.example.messages
        before = self._text(item.before, item.example, opened=True)
        whole = self._text(messages[: item.turn + 1], item.example, opened=False)
        if not whole.startswith(before):
            raise RowError("the answer's prompt is not the beginning of the conversation")
        answer = whole[len(before) :].rstrip()
        ids = self._tokens(answer.removesuffix((self._opened.template.end_of_turn or "").rstrip()))
        text: str = self._opened.tokenizer.decode(ids, skip_special_tokens=True)
        return text

    def _behind(self, messages: Sequence[Any], shots: Sequence[Example]) -> tuple[Any, ...]:
        """The conversation with the shots between its system prompt and itself."""
        system = messages[:1] if messages and messages[0].role == "system" else ()
        shown = (m for shot in shots for m in shot.turns)
        return (*system, *shown, *messages[len(system) :])

    def _text(self, messages: Sequence[Any], example: Example, *, opened: bool) -> str:
        chat = as_chat(messages, self._opened.template.system_role)
        return render_text(self._opened.tokenizer, chat, tools_of(example), opened=opened)

    def _tokens(self, text: str) -> list[int]:
        ids: list[int] = self._opened.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return ids
