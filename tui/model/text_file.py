"""A conversation as a text file for an editor of the user's own, and back.

A line that begins with a mark opens each message: the mark, the number of the message that it was, its role.
The mark is chosen so that no line of the messages begins with it. Characters that cannot be seen are written
out as ⟨U+XXXX⟩; line ends are kept. `from_text(as_text(messages), messages) == messages` for all messages.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from schemas.errors import UsageError
from schemas.example import ROLES, Message
from tui.safe_text import editable, restored

_HELP = (
    "Change the text under the lines that begin with {mark}, then save and leave the editor.",
    "To add a message, write such a line with a role: {mark} assistant. Without its line, one is taken out.",
    "Unchanged, nothing is recorded. ⟨U+XXXX⟩ is one character that cannot be seen.",
)


def as_text(messages: Sequence[Message]) -> str:
    mark = _mark(messages)
    lines = [line.format(mark=mark) for line in _HELP]
    for number, message in enumerate(messages, start=1):
        lines += [f"{mark} {number} {message.role}", editable(message.content)]
    return "\n".join(lines) + "\n"


def from_text(text: str, messages: Sequence[Message]) -> tuple[Message, ...]:
    """`messages` are those that the file was made of: tool calls and names stay with their numbers. Raises
    UsageError where a line that opens a message names no role or a number that there is not."""
    mark = _mark(messages)
    found: list[tuple[str, list[str]]] = []
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith(mark):
            found.append((line.removeprefix(mark), []))
        elif found:
            found[-1][1].append(line)
    if not found:
        raise UsageError(
            f"no line begins with {mark}, so no message is left", "keep the line that opens a message"
        )
    return tuple(_message(head, restored("\n".join(lines)), mark, messages) for head, lines in found)


def _message(head: str, content: str, mark: str, messages: Sequence[Message]) -> Message:
    number, _, role = head.strip().rpartition(" ")
    known = number.isdecimal() and 0 < int(number) <= len(messages)
    if role not in ROLES or role == "system" or (number and not known):
        raise UsageError(
            f"{mark}{head} opens no message", f"write {mark} and one of {', '.join(ROLES[1:])} there"
        )
    if not number:
        return Message(role, content)
    return replace(messages[int(number) - 1], role=role, content=content)


def _mark(messages: Sequence[Message]) -> str:
    """`====`, with as many signs more as no line of the messages begins with."""
    lines = {line for message in messages for line in editable(message.content).split("\n")}
    lengths = {len(line) - len(line.lstrip("=")) for line in lines if line.startswith("=")}
    return next("=" * n for n in count(4) if not any(length >= n for length in lengths))
