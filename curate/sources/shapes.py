"""Shapes of a row: which keys hold the conversation, and the messages in them.

The shape is found by its keys, first by those that hold something. Each parser gives the messages and the
keys that it used; every other key of the row is metadata.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from curate.sources.fields import lookup
from curate.sources.json_value import parse_json
from curate.sources.rows import EMPTY_ROW, BadRow
from curate.sources.turns import USUAL_ROLES, WRONG_SHAPE, Roles, label_of, plain_turn, text_in, turn
from curate.templates import parse_template
from schemas.example import Message, canonical_text
from schemas.recipe import Columns, Format

NO_USER = "no user message"
NO_ANSWER = "no assistant answer"
NO_TEMPLATE = "no template markers"
NO_COLUMN = "no such column"

CONVERSATIONS = ("conversations", "conversation")
ITEMS = "items"  # ShareGPT's own dumps call it so; many tables have a column of that name which holds none
PROMPTS = ("prompt", "question", "query", "input", "user")
COMPLETIONS = ("completion", "response", "answer", "output", "assistant")
ALPACA_OUTPUTS = ("output", "response", "answer", "completion")
ALPACA_INPUTS = ("input", "context")
SYSTEMS = ("system", "system_prompt")
_OTHERS = ("messages", "instruction", "history", "text", "tags")
KNOWN_KEYS = frozenset((*CONVERSATIONS, *PROMPTS, *COMPLETIONS, *ALPACA_INPUTS, *SYSTEMS, *_OTHERS))

Fields = dict[str, Any]
_NOTHING: tuple[Any, ...] = (None, "", [], {})


@dataclass(slots=True)
class Conversation:
    """`turn_fields` are, by turn, the fields that a message has no place for."""

    shape: Format
    messages: tuple[Message, ...]
    used: frozenset[str]
    turn_fields: tuple[tuple[int, Fields], ...] = ()


def detect(keys: Iterable[str]) -> Format | None:
    """The shape that a row with these keys has."""
    present = set(keys)
    if "messages" in present:
        return "messages"
    if present.intersection(CONVERSATIONS):
        return "sharegpt"
    if "instruction" in present and present.intersection(ALPACA_OUTPUTS):
        return "alpaca"
    if present.intersection(PROMPTS) and present.intersection(COMPLETIONS):
        return "prompt_completion"
    if "text" in present:
        return "text"
    return "sharegpt" if ITEMS in present else None


_detected = lru_cache(maxsize=1024)(detect)  # most rows of a file have the same keys


def conversation(
    fields: Fields, shape: Format, columns: Columns | None, roles: Roles = USUAL_ROLES
) -> Conversation:
    """The conversation in a row, whose turns name these roles. Raises BadRow where there is none, or
    none with both sides."""
    if not fields.get("messages") and all(value in _NOTHING for value in fields.values()):
        raise BadRow(EMPTY_ROW)
    if shape == "auto":
        shape = _shape_of(fields)
    if shape == "columns" and columns:
        found = _columns(fields, columns, roles)
    else:
        found = _PARSERS[shape](fields, roles)
    _check(found.messages)
    return found


def messages_in(fields: Fields, shape: Format) -> tuple[Message, ...]:
    """The messages of a row that has this shape, complete or not. Raises BadRow."""
    return _PARSERS[shape](fields, USUAL_ROLES).messages


def _shape_of(fields: Fields) -> Format:
    if fields.get("messages"):
        return "messages"
    filled = tuple([key for key, value in fields.items() if value or value not in _NOTHING])
    return _detected(filled) or detect(fields) or _unknown(fields)


def _unknown(fields: Fields) -> Format:
    """Half a conversation is told from no conversation at all."""
    if any(key in fields for key in ("instruction", *PROMPTS)):
        raise BadRow(NO_ANSWER)
    raise BadRow(NO_USER if any(key in fields for key in COMPLETIONS) else WRONG_SHAPE)


def _check(messages: tuple[Message, ...]) -> None:
    asked = answered = something = False
    for message in messages:
        if message.content or message.tool_calls:
            something = True
            if message.role == "assistant":
                answered = True
            elif message.role == "user" and message.content:
                asked = True
    if not something:
        raise BadRow(EMPTY_ROW)
    if not asked:
        raise BadRow(NO_USER)
    if not answered:
        raise BadRow(NO_ANSWER)


def _messages(fields: Fields, roles: Roles) -> Conversation:
    return _of_turns(fields, "messages", "messages", roles)


def _sharegpt(fields: Fields, roles: Roles) -> Conversation:
    return _of_turns(fields, _one_of(fields, (*CONVERSATIONS, ITEMS)), "sharegpt", roles)


def _of_turns(fields: Fields, key: str, shape: Format, roles: Roles) -> Conversation:
    messages: list[Message] = []
    extra: list[tuple[int, Fields]] = []
    for index, item in enumerate(_list(fields.get(key))):
        message = plain_turn(item, roles)
        if message is None:
            if roles.dropped and isinstance(item, dict) and label_of(item) in roles.dropped:
                continue
            message, rest = turn(item, roles)
            if rest:
                extra.append((index, rest))
        messages.append(message)
    return _with_system(shape, fields, messages, {key}, tuple(extra))


def _alpaca(fields: Fields, _: Roles) -> Conversation:
    output = _one_of(fields, ALPACA_OUTPUTS)
    context = _first(fields, ALPACA_INPUTS)
    question = [_text(fields.get("instruction")), _text(fields[context]) if context else ""]
    messages = [*_history(fields.get("history")), Message("user", "\n\n".join(filter(None, question)))]
    messages.append(Message("assistant", _text(fields[output])))
    return _with_system("alpaca", fields, messages, {"instruction", output, context or output, "history"})


def _history(value: Any) -> Iterator[Message]:
    """Alpaca's earlier rounds: pairs of question and answer."""
    for pair in _list(value):
        if not isinstance(pair, list) or len(pair) != 2:
            raise BadRow(WRONG_SHAPE)
        yield Message("user", _text(pair[0]))
        yield Message("assistant", _text(pair[1]))


def _prompt_completion(fields: Fields, roles: Roles) -> Conversation:
    prompt, completion = _one_of(fields, PROMPTS), _one_of(fields, COMPLETIONS)
    messages = [*_side(fields[prompt], "user", roles), *_side(fields[completion], "assistant", roles)]
    return _with_system("prompt_completion", fields, messages, {prompt, completion})


def _columns(fields: Fields, columns: Columns, roles: Roles) -> Conversation:
    prompt, completion = lookup(fields, columns.prompt), lookup(fields, columns.completion)
    if prompt is None and completion is None:
        raise BadRow(NO_COLUMN)
    messages = [*_side(prompt, "user", roles), *_side(completion, "assistant", roles)]
    system = _text(lookup(fields, columns.system)) if columns.system else ""
    used = frozenset(filter(None, (columns.prompt, columns.completion, columns.system)))
    return Conversation("columns", (*([Message("system", system)] if system else []), *messages), used)


def _template(fields: Fields, _: Roles) -> Conversation:
    transcript = parse_template(_text(fields.get("text")), loose=True)
    if transcript is None:
        raise BadRow(NO_TEMPLATE)
    return _with_system("text", fields, list(transcript.messages), {"text"})


_PARSERS: dict[Format, Callable[[Fields, Roles], Conversation]] = {
    "messages": _messages,
    "sharegpt": _sharegpt,
    "alpaca": _alpaca,
    "prompt_completion": _prompt_completion,
    "text": _template,
}


def _with_system(
    shape: Format,
    fields: Fields,
    messages: list[Message],
    used: set[str],
    turn_fields: tuple[tuple[int, Fields], ...] = (),
) -> Conversation:
    """The row's own `system` text first, unless the messages bring one: then it stays in the metadata."""
    key = _first(fields, SYSTEMS) if "system" in fields or "system_prompt" in fields else None
    if key is not None and isinstance(fields[key], str) and not (messages and messages[0].role == "system"):
        used = used | {key}
        if system := canonical_text(fields[key]):
            messages = [Message("system", system), *messages]
    return Conversation(shape, tuple(messages), frozenset(used), turn_fields)


def _side(value: Any, role: str, roles: Roles) -> list[Message]:
    """One side of a pair: a text, or turns with roles of their own."""
    if value.__class__ is str:
        return [Message(role, canonical_text(value))]
    if isinstance(value, list) and any(isinstance(item, dict) and "role" in item for item in value):
        kept = (item for item in value if not isinstance(item, dict) or label_of(item) not in roles.dropped)
        return [turn(item, roles)[0] for item in kept]
    return [Message(role, _text(value))]


def _text(value: Any) -> str:
    return "" if value is None else text_in(value)


def _list(value: Any) -> list[Any]:
    """A list, also as the JSON text that a CSV cell holds; none where there is nothing."""
    if isinstance(value, str) and value.strip():
        value = parse_json(value.encode("utf-8", "surrogatepass"))
    if not value:
        return []
    if not isinstance(value, list):
        raise BadRow(WRONG_SHAPE)
    return value


def _first(fields: Fields, keys: tuple[str, ...]) -> str | None:
    """The first of the keys that holds something, or else that is there."""
    for key in keys:
        if fields.get(key) not in _NOTHING:
            return key
    return next((key for key in keys if key in fields), None)


def _one_of(fields: Fields, keys: tuple[str, ...]) -> str:
    key = _first(fields, keys)
    if key is None:
        raise BadRow(WRONG_SHAPE)
    return key
