"""Ollama's template language, as much of it as a chat template needs: written, and rendered again to check.

Ollama takes Go's text/template. What is written here has no trim markers, and every text that Go or a
Modelfile could change on its way (line ends, braces, characters that do not print) is a quoted literal.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from schemas.example import Message
from train.using.shape import Shape

_PLAIN = re.compile(r"[!#-z|~]([ !#-z|~]*[!#-z|~])?")  # printing ASCII but quotes and braces, no space around
_ACTION = re.compile(r"\{\{ (.*?) \}\}", re.DOTALL)


def write(shape: Shape) -> str:
    """The template of this shape in Go's language."""
    first = '{{ if eq $i 1 }}{{ if $.System }}{{ $.System }}{{ "\\n\\n" }}{{ end }}{{ end }}'
    system = f'{{{{ if eq .Role "system" }}}}{_turn(shape, "system")}{{{{ else if eq .Role "user" }}}}'
    none = '{{ if eq .Role "user" }}'
    parts = [
        _start(shape),
        "{{ range $i, $m := .Messages }}",
        system if shape.system_role else none,
        _turn(shape, "user", "" if shape.system_role else first),
        '{{ else if eq .Role "assistant" }}',
        _turn(shape, "assistant"),
        "{{ end }}{{ end }}",
        _literal(shape.opening),
    ]
    return "".join(parts)


def _start(shape: Shape) -> str:
    if shape.start == shape.head:
        return _literal(shape.head)
    return f"{{{{ if .System }}}}{_literal(shape.start)}{{{{ else }}}}{_literal(shape.head)}{{{{ end }}}}"


def _turn(shape: Shape, role: str, inside: str = "") -> str:
    return _literal(shape.before[role]) + inside + "{{ .Content }}" + _literal(shape.after[role])


def _literal(text: str) -> str:
    if not text or _PLAIN.fullmatch(text):
        return text
    quoted = json.dumps(text).replace("{", "\\u007b").replace("}", "\\u007d").replace("\\/", "/")
    return "{{ " + _go_escapes(quoted) + " }}"


def _go_escapes(quoted: str) -> str:
    """JSON writes characters beyond 16 bits as two halves; Go wants one `\\U`."""
    return re.sub(
        r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})",
        lambda m: f"\\U{0x10000 + ((int(m[1], 16) & 0x3FF) << 10) + (int(m[2], 16) & 0x3FF):08x}",
        quoted,
    )


def render(template: str, messages: Sequence[Message]) -> str:
    """What Ollama makes of a conversation with a template that `write` wrote.

    As Ollama does, messages of one role in a row are joined first (`collate` in its template/template.go).
    Raises ValueError for anything that `write` does not write.
    """
    joined: list[Message] = []
    for message in messages:
        if joined and joined[-1].role == message.role and message.role != "tool":
            joined[-1] = Message(message.role, f"{joined[-1].content}\n\n{message.content}")
        else:
            joined.append(message)
    system = "\n\n".join(m.content for m in messages if m.role == "system")
    nodes, _ = _parse(list(_tokens(template)), 0)
    return "".join(_run(nodes, system, joined, None))


@dataclass(slots=True)
class _Node:
    """A text or an action; `range` and `if` hold what they repeat or choose."""

    action: str | None
    text: str = ""
    body: list["_Node"] = field(default_factory=list)
    otherwise: list["_Node"] = field(default_factory=list)


def _tokens(template: str) -> Iterator[_Node]:
    at = 0
    for match in _ACTION.finditer(template):
        yield _Node(None, template[at : match.start()])
        yield _Node(match[1])
        at = match.end()
    yield _Node(None, template[at:])


def _parse(tokens: list[_Node], at: int) -> tuple[list[_Node], int]:
    """Nodes up to the `else` or `end` that closes them, and where that stands."""
    nodes: list[_Node] = []
    while at < len(tokens):
        node = tokens[at]
        word = (node.action or "").partition(" ")[0]
        if word in ("else", "end"):
            return nodes, at
        if word in ("range", "if"):
            node, at = _branch(tokens, at)
        nodes.append(node)
        at += 1
    return nodes, at


def _branch(tokens: list[_Node], at: int) -> tuple[_Node, int]:
    """The `range` or `if` that begins at a token, with its branches, and where its `end` stands."""
    node = tokens[at]
    node.body, at = _parse(tokens, at + 1)
    closing = tokens[at].action or ""
    if closing.startswith("else if "):
        tokens[at] = _Node(closing.removeprefix("else "))  # it shares this one's `end`
        nested, at = _branch(tokens, at)
        node.otherwise = [nested]
    elif closing == "else":
        node.otherwise, at = _parse(tokens, at + 1)
    return node, at


def _run(
    nodes: list[_Node], system: str, messages: Sequence[Message], here: tuple[int, Message] | None
) -> Iterator[str]:
    for node in nodes:
        if node.action is None:
            yield node.text
        elif node.action == "range $i, $m := .Messages":
            for place in enumerate(messages):
                yield from _run(node.body, system, messages, place)
        elif node.action.startswith("if "):
            chosen = node.body if _holds(node.action[3:], system, here) else node.otherwise
            yield from _run(chosen, system, messages, here)
        elif node.action == ".Content" and here:
            yield here[1].content
        elif node.action == "$.System":
            yield system
        elif node.action.startswith('"'):
            yield _unquoted(node.action)
        else:
            raise ValueError(f"{{{{ {node.action} }}}} is not written by this module")


def _holds(condition: str, system: str, here: tuple[int, Message] | None) -> bool:
    if condition in (".System", "$.System"):
        return bool(system)
    subject, _, value = condition.removeprefix("eq ").partition(" ")
    if subject == ".Role" and here:
        return here[1].role == value.strip('"')
    if subject == "$i" and here:
        return here[0] == int(value)
    raise ValueError(f"{{{{ if {condition} }}}} is not written by this module")


def _unquoted(literal: str) -> str:
    text: str = json.loads(
        re.sub(r"\\U([0-9a-f]{8})", lambda m: json.dumps(chr(int(m[1], 16)))[1:-1], literal)
    )
    return text
