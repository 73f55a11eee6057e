"""Normalise: every row becomes user and assistant turns (and tools) in an order that a chat template takes.

Text is cleaned, template markers inside contents are read back into messages, system prompts move to
`metadata["system_prompt"]`, neighbours of one role are merged, turns after the last answer are cut. What an
assistant says before the first question goes to `metadata["greeting"]`, since most chat templates begin with
the user. What still is no conversation is dropped with the reason.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from curate.templates import holds_marker, parse_template, strip_markers, surely_plain
from schemas.example import Example, Message, canonical_text, hash_messages, without_system
from schemas.ledger import Event
from schemas.stage import Outcome, Scope

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

Messages = tuple[Message, ...]

TEMPLATE_LEFTOVER = "template_leftover"
MERGED_TURNS = "merged_turns"
SYSTEM_PROMPT = "system_prompt"
SYSTEM_REPLACED = "system_prompt_replaced"
GREETING = "greeting"

# Terminal control strings (ECMA-48): OSC, DCS, PM, APC and SOS up to their end, CSI, other escapes;
# then any C0 but tab and newline, DEL and C1.
_CONTROL = re.compile(
    r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x80-\x9f\n]*(?:\x07|\x1b\\|\x9c)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|\x1b[ -/]*[0-~]"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
# RE2's; a text of ASCII in which it finds nothing is plain.
_MAY_NEED_EDIT = r"[^\t\n\x20-\x7e]|[<\[]|###|\A\s*(?:USER:|ASSISTANT:|SYSTEM:|Below is an|A chat between)"


class Normalise:
    """Row scope; needs nothing but the rows."""

    name = "normalise"
    version = 3
    scope: Scope = "row"

    def __call__(self, rows: Sequence[Example]) -> Outcome:
        kept: list[Example] = []
        events: list[Event] = []
        for row in rows:
            after, happened = _normalise_quickly(row) or _normalise(row)
            events += happened
            if after is not None:
                kept.append(after)
        return Outcome(kept, events)

    def untouched(self, rows: "pa.Table") -> "npt.NDArray[np.bool_]":
        """Rows, of schema ROWS, that are plain texts of user and assistant in turn: most are."""
        from curate.quality.turns import Turns

        turns = Turns(rows)
        unsure = turns.messages.holding(_MAY_NEED_EDIT)
        edited = turns.messages.judged(unsure, lambda text: not _is_plain(text))
        return turns.in_turn & turns.without(turns.messages.row, edited)


def _normalise_quickly(row: Example) -> tuple[Example, list[Event]] | None:
    """What `_normalise` gives, for rows that need nothing or only lose their system prompt; else None."""
    messages = row.messages
    if _needs_nothing(messages):
        return row, []
    if messages and messages[0].role == "system" and _is_clean(messages[0].content):
        if not _needs_nothing(messages[1:]):
            return None
        events: list[Event] = []
        return _edited(row, SYSTEM_REPLACED, without_system, events), events
    return None


def _needs_nothing(messages: Messages) -> bool:
    """Whether these are plain texts of user and assistant in turn, so that no edit below would change them.
    Nearly all rows are, and this is cheap. False says nothing."""
    role = "assistant"
    for message in messages:
        role = "assistant" if role == "user" else "user"
        text = message.content
        if message.role != role or not text or message.tool_calls or not _is_plain(text):
            return False
    return role == "assistant" and bool(messages)


def _is_plain(text: str) -> bool:
    return _is_clean(text) and surely_plain(text)


def _is_clean(text: str) -> bool:
    if "\r" in text or not (text.isascii() or unicodedata.is_normalized("NFC", text)):
        return False
    return text.replace("\n", " ").isprintable() or not _CONTROL.search(text)


def _normalise(row: Example) -> tuple[Example | None, list[Event]]:
    events: list[Event] = []
    for reason, edit in _EDITS:
        row = _edited(row, reason, edit, events)
    if any(holds_marker(m.content) for m in row.messages):
        row = row.flagged(TEMPLATE_LEFTOVER)
        events.append(Event(row.example_id, Normalise.name, "flagged", TEMPLATE_LEFTOVER))
    problem = _problem(row.messages)
    if problem is None:
        return row, events
    if row.protected:
        events.append(Event(row.example_id, Normalise.name, "kept_by_review", problem))
        return row.flagged(problem), events
    events.append(Event(row.example_id, Normalise.name, "dropped", problem))
    return None, events


def _edited(row: Example, reason: str, edit: Callable[[Messages], Messages], events: list[Event]) -> Example:
    messages = edit(row.messages)
    if messages == row.messages:
        return row
    events.append(
        Event(
            row.example_id,
            Normalise.name,
            "edited",
            reason,
            before_hash=row.content_hash,
            after_hash=hash_messages(messages),
        )
    )
    if reason == MERGED_TURNS:
        row = row.flagged(MERGED_TURNS)
    metadata = row.metadata
    if edit is without_system:
        metadata = _holding(row, SYSTEM_PROMPT, [m.content for m in row.messages if m.role == "system"])
    elif edit is _without_greeting:
        metadata = _holding(row, GREETING, [row.messages[0].content])
    return replace(row, messages=messages, metadata=metadata)


def _each(change: Callable[[str], str]) -> Callable[[Messages], Messages]:
    return lambda messages: tuple(_reworded(message, change) for message in messages)


def _reworded(message: Message, change: Callable[[str], str]) -> Message:
    content = change(message.content)
    return message if content == message.content else replace(message, content=content)


def _printable(text: str) -> str:
    return canonical_text(_CONTROL.sub("", text)) if _CONTROL.search(text) else text


def _canonical(text: str) -> str:
    return text if unicodedata.is_normalized("NFC", text) and "\r" not in text else canonical_text(text)


def _untemplated(messages: Messages) -> Messages:
    return tuple(part for message in messages for part in _read_back(message))


def _read_back(message: Message) -> Messages:
    """The messages that a content holds. A user's text must end where the answer would begin: a finished
    transcript is something that the user quotes. An assistant's must be a marked answer and nothing else."""
    if message.role not in ("user", "assistant") or message.tool_calls:
        return (message,)
    transcript = parse_template(message.content)
    if transcript is None or not transcript.messages:
        return (message,)
    roles = [m.role for m in transcript.messages]
    if message.role == "user" and roles[-1] == "user":
        return transcript.messages
    if message.role == "assistant" and roles == ["assistant"]:
        return (replace(message, content=transcript.messages[0].content),)
    return (message,)


def _stripped(messages: Messages) -> Messages:
    return tuple(_reworded(m, strip_markers) if m.role in ("user", "assistant") else m for m in messages)


def _holding(row: Example, name: str, texts: Sequence[str]) -> dict[str, Any]:
    """The metadata with these texts, each once; text that it held under this name stays in front."""
    held = row.metadata.get(name)
    together = [held] if isinstance(held, str) else []
    together += texts
    return {**row.metadata, name: "\n\n".join(dict.fromkeys(together))}


def _merged(messages: Messages) -> Messages:
    merged: list[Message] = []
    for message in messages:
        last = merged[-1] if merged else None
        if (
            last
            and last.role == message.role
            and message.role in ("user", "assistant")
            and not last.tool_calls
        ):
            text = "\n\n".join(filter(None, (last.content, message.content)))
            merged[-1] = replace(last, content=text, tool_calls=message.tool_calls)
        else:
            merged.append(message)
    return tuple(merged)


def _without_greeting(messages: Messages) -> Messages:
    """Without the text that an assistant opens with, where a user speaks next."""
    opens = [(m.role, m.tool_calls) for m in messages[:2]] == [("assistant", None), ("user", None)]
    return messages[1:] if opens else messages


def _cut_after_answer(messages: Messages) -> Messages:
    """Without what follows the last answer, unless there is none to end with."""
    last = max((i for i, m in enumerate(messages) if m.role == "assistant"), default=None)
    return messages if last is None else messages[: last + 1]


_EDITS: tuple[tuple[str, Callable[[Messages], Messages]], ...] = (
    ("unicode_normalised", _each(_canonical)),
    ("control_characters", _each(_printable)),
    ("template_parsed", _untemplated),
    (TEMPLATE_LEFTOVER, _stripped),
    (SYSTEM_REPLACED, without_system),
    (MERGED_TURNS, _merged),
    ("greeting_cut", _without_greeting),
    ("trailing_turns_cut", _cut_after_answer),
)


def _problem(messages: Messages) -> str | None:
    """Why this is no conversation to train on, or None."""
    return next(_problems(messages), None)


def _problems(messages: Messages) -> Iterator[str]:
    roles = [m.role for m in messages]
    if "user" not in roles:
        yield "no_user_message"
    if "assistant" not in roles:
        yield "no_assistant_answer"
    if roles and roles[0] == "assistant":
        yield "starts_with_assistant"
    if any(not m.content and not m.tool_calls and m.role != "tool" for m in messages):
        yield "empty_content"
    for before, after in zip((None, *messages), messages, strict=False):
        if after.role == "tool" and not (before and (before.role == "tool" or before.tool_calls)):
            yield "tool_result_without_call"
        elif before and before.role == after.role == "assistant":
            yield "roles_out_of_order"
