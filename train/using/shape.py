"""The shape of a chat template that only joins texts: what stands before and after the words of each role.

Found by rendering small conversations, so that it does not matter how the template is written. A template
whose text depends on more than the roles (dates, tools, thoughts that go once the conversation goes on) has
no such shape, and that is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.errors import UsageError
from schemas.example import Message
from train.template import ChatTemplate, RowError, as_chat, render_text

_WORDS = {"system": "qsqwsq", "user": "quqwuq", "assistant": "qaqwaq"}
_CLOCKS = ("strftime_now", "date_string", "now()")


@dataclass(frozen=True, slots=True)
class Shape:
    """`before` and `after` by role. `head` stands first in a conversation without a system message, `start`
    in one that has one; `opening` opens the answer that is asked for. `system_role`: where it is False, the
    system text stands at the head of the first user message."""

    system_role: bool
    head: str
    start: str
    before: dict[str, str]
    after: dict[str, str]
    opening: str


def shape_of(template: ChatTemplate, tokenizer: Any) -> Shape:
    """Raises UsageError where the template has no such shape."""
    if any(clock in tokenizer.get_chat_template() for clock in _CLOCKS):
        raise _unlike(template, "it writes the date of the day")
    try:
        return _probe(template, tokenizer)
    except RowError as error:
        raise _unlike(template, str(error)) from None


def _probe(template: ChatTemplate, tokenizer: Any) -> Shape:
    def text(*roles: str, opened: bool = False) -> str:
        turns = [Message(role, _WORDS[role]) for role in roles]
        return render_text(tokenizer, as_chat(turns, template.system_role), opened=opened)

    one, two = ("user", "assistant"), ("user", "assistant", "user", "assistant")
    short = _pieces(template, text("user"), ("user",))
    answered = _pieces(template, text(*one), one)
    long = _pieces(template, text(*two), two)
    after_user, after_answer = short[-1], answered[-1]
    between = _rest(template, long[1], after_user, "")
    before_user = _rest(template, long[2], after_answer, "")
    head = _rest(template, long[0], "", before_user)
    opening = _rest(template, text("user", opened=True), text("user"), "")
    start, before_system, after_system = head, "", ""
    if template.system_role:
        with_system = _pieces(template, text("system", *one), ("system", *one))
        before_system = with_system[0]
        after_system = _rest(template, with_system[1], "", before_user)
        start = ""
    shape = Shape(
        system_role=template.system_role,
        head=head,
        start=start,
        before={"system": before_system, "user": before_user, "assistant": between},
        after={"system": after_system, "user": after_user, "assistant": after_answer},
        opening=opening,
    )
    for roles in (one, two, ("system", *one), ("system", *two)):
        if text(*roles) != _joined(shape, roles):
            raise _unlike(template, f"a conversation of {', '.join(roles)} is rendered otherwise")
    return shape


def _joined(shape: Shape, roles: Sequence[str]) -> str:
    """The probes' words in this shape."""
    words = [(role, _WORDS[role]) for role in roles]
    has_system = roles[0] == "system"
    if has_system and not shape.system_role:
        words[:2] = [("user", f"{_WORDS['system']}\n\n{_WORDS['user']}")]
    turns = [shape.before[role] + said + shape.after[role] for role, said in words]
    return "".join([shape.start if has_system else shape.head, *turns])


def _pieces(template: ChatTemplate, text: str, roles: Sequence[str]) -> list[str]:
    """What stands before, between and after the words of the roles."""
    pieces = []
    for role in roles:
        before, found, text = text.partition(_WORDS[role])
        if not found:
            raise _unlike(template, "it does not print every message once, in its order")
        pieces.append(before)
    return [*pieces, text]


def _rest(template: ChatTemplate, text: str, start: str, end: str) -> str:
    """`text` without its known start and end."""
    if not (text.startswith(start) and text.endswith(end) and len(text) >= len(start) + len(end)):
        raise _unlike(template, "a turn is rendered otherwise once the conversation goes on")
    return text[len(start) : len(text) - len(end)]


def _unlike(template: ChatTemplate, why: str) -> UsageError:
    return UsageError(
        f"the chat template of {template.name} cannot be translated for Ollama: {why}",
        "use `train export --to merged` or `--to gguf`: they carry the template itself",
    )
