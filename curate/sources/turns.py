"""One turn of a conversation, in OpenAI's or ShareGPT's spelling, as a Message.

Tool calls become canonical JSON text. Their `arguments`, JSON text with OpenAI and an object elsewhere,
become the object wherever they hold one: the same call is the same text, and chat templates want the object.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from curate.sources.json_value import parse_json
from curate.sources.rows import BadRow
from schemas.canonical import to_json
from schemas.example import Message, canonical_text

UNKNOWN_ROLE = "unknown role"
NOT_TEXT = "content is not text"
BROKEN_TOOL_CALL = "broken tool call"
WRONG_SHAPE = "unknown shape"

FUNCTION_CALL = "function_call"
CALLS = (FUNCTION_CALL, "tool_call", "tool_calls")  # roles whose content is a call, or a list of them
_ROLE_OF = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human", "prompter"), "user"),
    **dict.fromkeys(("assistant", "gpt", "model", "bot", "chatbot", "ai"), "assistant"),
    **dict.fromkeys(("chatgpt", "gpt4", "claude", "bing", "bard", *CALLS), "assistant"),
    **dict.fromkeys(("tool", "function", "ipython", "observation"), "tool"),
    **dict.fromkeys(("function_response", "tool_response", "function_result", "tool_result"), "tool"),
}
_DROP = "drop"
_TEXT_PARTS = ("text", "input_text", "output_text")
_KNOWN = ("role", "from", "content", "value", "name", "tool_calls", "tool_call_id", FUNCTION_CALL)


@dataclass(frozen=True, slots=True)
class Roles:
    """The role of each label, in lower case; `plain` without those whose content is a call, and those whose
    turns are left out: they are `dropped`."""

    of: Mapping[str, str]
    plain: Mapping[str, str]
    dropped: frozenset[str] = frozenset()

    @classmethod
    def of_source(cls, named: Mapping[str, str]) -> "Roles":
        """Those that everybody uses, and a source's own names, which go before."""
        every = _ROLE_OF | {label.strip().lower(): role for label, role in named.items()}
        dropped = frozenset(label for label, role in every.items() if role == _DROP)
        plain = {label: role for label, role in every.items() if label not in dropped.union(CALLS)}
        return cls(every, plain, dropped)


USUAL_ROLES = Roles.of_source({})


def label_of(fields: Mapping[str, Any]) -> str:
    """What a turn calls its speaker, in lower case; empty where it does not say."""
    label = fields["role"] if fields.get("role") is not None else fields.get("from")
    return label.strip().lower() if isinstance(label, str) else ""


def plain_turn(fields: Any, roles: Roles = USUAL_ROLES) -> Message | None:
    """The message of a turn that is a role and a text and nothing else, as nearly all are; else None."""
    if fields.__class__ is not dict or len(fields) != 2:
        return None
    if "content" in fields:
        label, content = fields.get("role"), fields["content"]
    else:
        label, content = fields.get("from"), fields.get("value")
    if content.__class__ is str and label.__class__ is str and label in roles.plain:
        return Message(roles.plain[label], canonical_text(content))
    return None


def turn(fields: Any, roles: Roles = USUAL_ROLES) -> tuple[Message, dict[str, Any]]:
    """The message, and the fields of the turn that a message has no place for. Raises BadRow."""
    if not isinstance(fields, dict):
        raise BadRow(WRONG_SHAPE)
    label = label_of(fields)
    if label not in roles.of:
        raise BadRow(UNKNOWN_ROLE)
    content = fields["content"] if fields.get("content") is not None else fields.get("value")
    calls = _calls(fields, label, content)
    if calls is not None and label in CALLS:
        content = ""
    message = Message(
        role=roles.of[label],
        content="" if content is None and calls is not None else text_in(content),
        name=_text_or_none(fields.get("name")),
        tool_calls=calls,
        tool_call_id=_text_or_none(fields.get("tool_call_id")),
    )
    return message, {k: v for k, v in fields.items() if k not in _KNOWN and v is not None}


def text_in(content: Any) -> str:
    """Canonical text of a content: a text, or a list of text parts, joined by line ends. Raises BadRow."""
    if isinstance(content, list):
        return canonical_text("\n".join(map(_part, content)))
    if not isinstance(content, str):
        raise BadRow(NOT_TEXT)
    return canonical_text(content)


def _part(part: Any) -> str:
    if isinstance(part, dict) and part.get("type", "text") in _TEXT_PARTS:
        part = part.get("text")
    if not isinstance(part, str):
        raise BadRow(NOT_TEXT)
    return part


def _calls(fields: dict[str, Any], label: str, content: Any) -> str | None:
    """Canonical JSON text of the calls that a turn makes, or None."""
    calls = _decoded(fields.get("tool_calls"))
    if calls:
        return _canonical_calls(calls)
    call = fields.get(FUNCTION_CALL)
    if call is None and label in CALLS:
        call = content
    if call is None:
        return None
    call = _decoded(call)
    functions = call if isinstance(call, list) else [call]
    return _canonical_calls([{"type": "function", "function": function} for function in functions])


def _canonical_calls(calls: Any) -> str:
    if not isinstance(calls, list) or not all(map(_is_call, calls)):
        raise BadRow(BROKEN_TOOL_CALL)
    return to_json([_with_object_arguments(call) for call in calls])


def _is_call(call: Any) -> bool:
    function = call.get("function", call) if isinstance(call, dict) else None
    return isinstance(function, dict) and isinstance(function.get("name"), str)


def _with_object_arguments(call: dict[str, Any]) -> dict[str, Any]:
    if isinstance(call.get("function"), dict):
        return {**call, "function": _with_object_arguments(call["function"])}
    arguments = call.get("arguments")
    if not isinstance(arguments, str):
        return call
    try:
        value = parse_json(arguments.encode("utf-8", "surrogatepass"))
    except BadRow:
        return call
    return {**call, "arguments": value} if isinstance(value, dict) else call


def _decoded(value: Any) -> Any:
    """A value that tables hold as JSON text."""
    if not isinstance(value, str):
        return value
    try:
        return parse_json(value.encode("utf-8", "surrogatepass"))
    except BadRow:
        raise BadRow(BROKEN_TOOL_CALL) from None


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
