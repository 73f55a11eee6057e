"""Ollama's Modelfile: the template of training in Ollama's language, the system prompt, the stop texts.

    FROM ./model
    TEMPLATE \"\"\"…\"\"\"
    SYSTEM \"\"\"…\"\"\"
    PARAMETER stop "…"

The translation is verified before it is written: each prompt of the rows must give the very tokens that
training gave. Ollama lets the model's tokenizer write the token that begins a text, so the template leaves
it out where the tokenizer does.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from schemas.errors import GateError, UsageError
from schemas.example import Example
from train.template import ChatTemplate, as_chat, render_text
from train.using import go_template
from train.using.opened import Opened
from train.using.shape import Shape, shape_of

_FENCE = '"""'


def translate(opened: Opened, rows: Sequence[Example]) -> tuple[str, int]:
    """The template for Ollama, and how many prompts it was verified on.

    Raises UsageError where the template cannot be translated, or where rows hold tools, which templates
    print in ways of their own; GateError where a prompt would not be the tokens of training.
    """
    holding = next((row for row in rows if _uses_tools(row)), None)
    if holding is not None:
        raise UsageError(
            f"example {holding.example_id} uses tools: no template for Ollama can be verified on it",
            "use `train export --to merged` or `--to gguf`: they carry the template itself",
        )
    shape = shape_of(opened.template, opened.tokenizer)
    template = go_template.write(_without_first_token(shape, opened.template, opened.tokenizer))
    prompts = 0
    for row in rows:
        prompts += _verify(template, opened, row)
    if not prompts:
        raise UsageError(
            f"version {opened.lock.dataset_version} has no answer to verify the template on",
            "build one with `curate build`",
        )
    return template, prompts


def modelfile(source: str, template: str, system_prompt: str | None, stop: str | None) -> str:
    """The file's text. Raises UsageError for a system prompt that a Modelfile cannot hold."""
    parts = [f"FROM {source}\n", f"TEMPLATE {_FENCE}{template}{_FENCE}\n"]
    if system_prompt:
        parts.append(f"SYSTEM {_FENCE}{_held(system_prompt)}{_FENCE}\n")
    if stop and stop.strip():
        parts.append(f"PARAMETER stop {_FENCE}{_held(stop)}{_FENCE}\n")
    return "\n".join(parts)


def _held(text: str) -> str:
    """Ollama's parser leaves out what does not print, and ends a text at its fence."""
    lost = [c for c in text if not (c.isprintable() or c in "\n\r\t")]
    if lost or _FENCE in text:
        what = f"the character U+{ord(lost[0]):04X}" if lost else f"the text {_FENCE}"
        raise UsageError(
            f"the system prompt or the end of a turn holds {what}, which Ollama's Modelfile loses",
            "take it out of system_prompt, build and train again, or use `train export --to gguf`",
        )
    return text


def _without_first_token(shape: Shape, template: ChatTemplate, tokenizer: Any) -> Shape:
    """The shape as Ollama needs it. Raises UsageError where Ollama would begin with a token that training
    had not."""
    first = tokenizer.bos_token or ""
    added = bool(first) and tokenizer("x")["input_ids"][:1] == [tokenizer.bos_token_id]
    if not added:
        return shape
    # Where the template has a system role, the token stands in what precedes the system text.
    with_system = shape.before["system"] if shape.system_role else shape.start
    if not (with_system.startswith(first) and shape.head.startswith(first)):
        raise UsageError(
            f"the tokenizer of {template.name} begins a text with {first}, its chat template does not: "
            "Ollama would add a token that training had not",
            'set "add_bos_token": false in tokenizer_config.json, then train again',
        )
    before = dict(shape.before)
    if shape.system_role:
        before["system"] = before["system"].removeprefix(first)
    return replace(
        shape, head=shape.head.removeprefix(first), start=shape.start.removeprefix(first), before=before
    )


def _verify(template: str, opened: Opened, row: Example) -> int:
    """Compares the prompt of every answer of a row, token for token; how many there were."""
    tokenizer, chat = opened.tokenizer, opened.template
    turns = [i for i, message in enumerate(row.messages) if message.role == "assistant"]
    for i in turns:
        asked = row.messages[:i]
        trained = render_text(tokenizer, as_chat(asked, chat.system_role), opened=True)
        given = go_template.render(template, asked)
        if (
            tokenizer(trained, add_special_tokens=False)["input_ids"]
            != tokenizer(given, add_special_tokens=True)["input_ids"]
        ):
            raise GateError(
                f"example {row.example_id}: Ollama would ask with other tokens than training did "
                f"({_difference(trained, given)})",
                "use `train export --to merged` or `--to gguf`: they carry the template itself",
            )
    return len(turns)


def _difference(trained: str, given: str) -> str:
    same = next((i for i, pair in enumerate(zip(trained, given, strict=False)) if len(set(pair)) > 1), None)
    at = min(len(trained), len(given)) if same is None else same
    return f"{trained[at : at + 20]!r} in training, {given[at : at + 20]!r} in Ollama, character {at}"


def _uses_tools(row: Example) -> bool:
    return bool(row.metadata.get("tools")) or any(m.role == "tool" or m.tool_calls for m in row.messages)
