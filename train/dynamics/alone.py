"""Token rows of answers without their prompts: the very tokens that training trained, and nothing before them
but what the template writes to open an answer."""

from array import array
from collections.abc import Sequence
from typing import Any

from schemas.errors import UsageError
from schemas.example import Message
from train.template import ChatTemplate, RowError, as_chat, render_text
from train.tokens import TokenRow

_WORD = "quqwuq"  # stands in no template


def alone(rows: Sequence[TokenRow], template: ChatTemplate, tokenizer: Any) -> list[TokenRow]:
    """Each row with its trained tokens alone. A conversation of several turns keeps all its answers, each
    opened anew. Raises UsageError for a template that leaves nothing to stand before an answer."""
    opening = _opening(template, tokenizer)
    return [_alone(row, opening, tokenizer.bos_token_id) for row in rows]


def _alone(row: TokenRow, opening: Sequence[int], bos: int | None) -> TokenRow:
    ids = array("i", row.input_ids[:1] if bos is not None and row.input_ids[0] == bos else [])
    trained = []
    for start, stop in row.trained:
        ids.extend(opening)
        trained.append((len(ids), len(ids) + stop - start))
        ids.extend(row.input_ids[start:stop])
    return TokenRow(row.example_id, row.split, ids, tuple(trained), row.n_cut)


def _opening(template: ChatTemplate, tokenizer: Any) -> list[int]:
    """What the template writes where the assistant is to answer; where it writes nothing, what ends a user's
    turn; else the token that begins or ends a text, as the model must see something first."""
    chat = as_chat([Message("user", _WORD)], template.system_role)
    try:
        opened = render_text(tokenizer, chat, opened=True)
        closed = render_text(tokenizer, chat, opened=False)
    except RowError as error:
        raise UsageError(
            f"{template.name}: the chat template cannot open an answer: {error}",
            "IFD needs a template that renders a user message alone",
        ) from None
    text = opened.removeprefix(closed) if opened.startswith(closed) else ""
    text = text or opened.rpartition(_WORD)[2]
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    edge = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    return ids or [edge]
