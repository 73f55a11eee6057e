"""The chat template of a tokenizer: what it can do, and an example rendered with the spans to train on.

Only what the assistant says is trained, and the marker that ends its turn: a model that was never trained on
that marker does not stop. Templates say what is the assistant's with `{% generation %}` marks. Where one has
none, its own rendering tells: the prompt of a turn must be the beginning of the whole text.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.errors import UsageError
from schemas.example import Example, Message

Tokenizer = Any  # a transformers PreTrainedTokenizerFast; transformers ships no types to check against
Span = tuple[int, int]

_MARKS = re.compile(r"\{%-?\s*generation\s*-?%\}")
_MARKS_MEND = (
    "give the tokenizer a template with {% generation %} marks (trl.get_training_chat_template makes one)"
)
_QUESTION, _ANSWER, _SYSTEM = "siftune asks", "siftune answers", "siftune instructs"


class RowError(ValueError):
    """One example that its template cannot render; the message says why."""


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """`marks`: it has `{% generation %}` marks. `system_role`: it renders a system message.
    `end_of_turn`: the text that closes an assistant turn, None where the template has none."""

    name: str
    sha256: str
    marks: bool
    system_role: bool
    end_of_turn: str | None


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text that goes into the tokenizer, and the character spans [start, end) that are trained."""

    text: str
    trained: tuple[Span, ...]


def template_sha256(tokenizer: Tokenizer) -> str:
    """SHA-256 of the chat template's text, for `run.json`."""
    return hashlib.sha256(template_text(tokenizer).encode("utf-8")).hexdigest()


def read_template(tokenizer: Tokenizer) -> ChatTemplate:
    """What the tokenizer's template can do. Raises UsageError when it has none or is not a fast tokenizer."""
    if not tokenizer.is_fast:
        raise UsageError(
            f"{tokenizer.name_or_path}: a slow tokenizer does not say which text a token covers",
            "save the model's tokenizer as tokenizer.json (AutoTokenizer converts most of them)",
        )
    return ChatTemplate(
        name=str(tokenizer.name_or_path),
        sha256=template_sha256(tokenizer),
        marks=bool(_MARKS.search(template_text(tokenizer))),
        system_role=_has_system_role(tokenizer),
        end_of_turn=_end_of_turn(tokenizer),
    )


def render(template: ChatTemplate, tokenizer: Tokenizer, example: Example) -> Rendered:
    """The conversation as the model sees it. Raises RowError where the template refuses this example, and
    UsageError where it cannot be told which of its text the assistant says."""
    chat = as_chat(example.messages, template.system_role)
    tools = tools_of(example)
    if not any(message["role"] == "assistant" for message in chat):
        raise RowError("no assistant message")
    if template.marks:
        text, spans = _render(tokenizer, chat, tools, marks=True)
    else:
        text, spans = _by_prefix(template, tokenizer, chat, tools, example.example_id)
    return Rendered(text, tuple(_with_end(text, span, template.end_of_turn) for span in spans))


def render_text(tokenizer: Tokenizer, chat: list[dict[str, Any]], tools: Any = None, *, opened: bool) -> str:
    """The text of a conversation in the shape of `as_chat`; with `opened`, up to where the assistant is to
    answer. Raises RowError where the template refuses it."""
    text, _ = _render(tokenizer, chat, tools, add_generation_prompt=opened)
    return text


def as_chat(messages: Sequence[Message], system_role: bool) -> list[dict[str, Any]]:
    """Messages in the shape that templates expect: tool calls decoded, and the system text at the head of the
    first user message where the template has no system role."""
    chat: list[dict[str, Any]] = [dict(m.to_dict()) for m in messages]
    for message in chat:
        if "tool_calls" in message:
            message["tool_calls"] = _decoded_calls(message["tool_calls"])
    if system_role or not chat or chat[0]["role"] != "system":
        return chat
    system, *rest = chat
    first = next((i for i, message in enumerate(rest) if message["role"] == "user"), None)
    if first is None:
        return [{"role": "user", "content": system["content"]}, *rest]
    rest[first] = {**rest[first], "content": f"{system['content']}\n\n{rest[first]['content']}"}
    return rest


def _by_prefix(
    template: ChatTemplate, tokenizer: Tokenizer, chat: list[dict[str, Any]], tools: Any, example_id: str
) -> tuple[str, list[Span]]:
    """Spans by rendering each turn's prompt and looking where the whole text goes on."""
    text, _ = _render(tokenizer, chat, tools)
    spans: list[Span] = []
    turns = [i for i, message in enumerate(chat) if message["role"] == "assistant"]
    for i in turns:
        prompt, _ = _render(tokenizer, chat[:i], tools, add_generation_prompt=True)
        turn, _ = _render(tokenizer, chat[: i + 1], tools)
        if not text.startswith(prompt) or (spans and len(prompt) < spans[-1][1]):
            raise _unclear(
                template, example_id, "the prompt of a turn is not the beginning of the conversation"
            )
        end = len(turn) if text.startswith(turn) else _find_end(text, len(prompt), template.end_of_turn)
        if end is None:
            raise _unclear(
                template, example_id, "an answer is rendered otherwise once the conversation goes on"
            )
        spans.append((len(prompt), end))
    return text, spans


def _find_end(text: str, start: int, end_of_turn: str | None) -> int | None:
    """Where the turn that begins at `start` is closed. A template may render the last turn in its own way, so
    that a shorter conversation is not the beginning of a longer one; its end marker still closes the turn."""
    found = text.find(end_of_turn, start) if end_of_turn else -1
    return found + len(end_of_turn) if end_of_turn and found >= 0 else None


def _with_end(text: str, span: Span, end_of_turn: str | None) -> Span:
    """The span up to its end-of-turn marker: no further, and no less."""
    start, end = span
    if end_of_turn is None:
        return span
    inside = text.rfind(end_of_turn, start, end)
    if inside >= 0 and not text[inside + len(end_of_turn) : end].strip():
        return start, inside + len(end_of_turn)
    return start, end + len(end_of_turn) if text.startswith(end_of_turn, end) else end


def _unclear(template: ChatTemplate, example_id: str, why: str) -> UsageError:
    return UsageError(
        f"{template.name}: the chat template hides what the assistant says: {why} (example {example_id})",
        _MARKS_MEND,
    )


def _render(
    tokenizer: Tokenizer,
    chat: list[dict[str, Any]],
    tools: Any = None,
    *,
    marks: bool = False,
    add_generation_prompt: bool = False,
) -> tuple[str, list[Span]]:
    """Text, and the spans of `{% generation %}` where asked for. Raises RowError.

    `apply_chat_template` does the same and then masks to the end of the conversation whenever a span ends in
    characters that belong to no token; so its first half is called here, and the tokens are found by offsets.
    """
    from jinja2 import TemplateError
    from transformers.utils.chat_template_utils import render_jinja_template

    rendered: Any  # annotated as text, yet a pair: texts, and spans per text
    try:
        rendered = render_jinja_template(
            conversations=[chat],
            tools=tools,
            chat_template=tokenizer.get_chat_template(tools=tools),
            return_assistant_tokens_mask=marks,
            add_generation_prompt=add_generation_prompt,
            **tokenizer.special_tokens_map,
        )
    except (TemplateError, TypeError) as error:
        raise RowError(f"the chat template refuses it: {error}") from error
    texts, spans = rendered
    return texts[0], list(spans[0]) if marks else []


def template_text(tokenizer: Tokenizer) -> str:
    """The chat template. Raises UsageError where the tokenizer has none."""
    if not tokenizer.chat_template:
        raise UsageError(
            f"{tokenizer.name_or_path}: the tokenizer has no chat template",
            "use an instruction-tuned model, or put a chat_template.jinja into the model's folder",
        )
    return str(tokenizer.get_chat_template())


def _has_system_role(tokenizer: Tokenizer) -> bool:
    chat = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": _QUESTION}]
    try:
        text, _ = _render(tokenizer, chat)
    except RowError:
        return False
    return _SYSTEM in text


def _end_of_turn(tokenizer: Tokenizer) -> str | None:
    """What stands after an answer, up to the first special token; all of it where there is none."""
    chat = [{"role": "user", "content": _QUESTION}, {"role": "assistant", "content": _ANSWER}]
    try:
        text, _ = _render(tokenizer, chat)
    except RowError as error:
        raise _unfit(tokenizer, str(error)) from error
    if _QUESTION not in text or _ANSWER not in text:
        # Templates of vision models want content in parts, and drop plain text without a word.
        raise _unfit(tokenizer, "the text of the messages is not in what it renders")
    tail = text.rpartition(_ANSWER)[2]
    special = [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]
    ends = [tail.index(token) + len(token) for token in special if token in tail]
    return tail[: min(ends)] if ends else tail.rstrip() or None


def _unfit(tokenizer: Tokenizer, why: str) -> UsageError:
    return UsageError(
        f"{tokenizer.name_or_path}: the chat template cannot render a question and an answer: {why}",
        "use a text model's template, or mend chat_template.jinja in the model's folder",
    )


def tools_of(example: Example) -> Any:
    """The tools that the example's metadata offers, decoded, or None. Raises RowError."""
    tools = example.metadata.get("tools")
    return _decoded(tools, "tools") or None if isinstance(tools, str) else tools or None


def _decoded_calls(text: str) -> Any:
    """Tool calls with their arguments as objects, which is what templates print."""
    calls = _decoded(text, "tool_calls")
    if not isinstance(calls, list) or not all(isinstance(call, dict) for call in calls):
        raise RowError("tool_calls is not a list of calls")
    for call in calls:
        function = call.get("function", call)
        if isinstance(function, dict) and isinstance(function.get("arguments"), str):
            function["arguments"] = _decoded(function["arguments"], "the arguments of a tool call")
    return calls


def _decoded(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise RowError(f"{what}: not JSON ({error.msg} at character {error.pos})") from None
