"""A preview as text for a terminal of some width. Text of the data goes through `visible`."""

import click
from rich.cells import cell_len, set_cell_size

from curate.importing.dry_run import Preview
from curate.sources.rejected import SHOWN, Rejected
from schemas.example import Example, Message
from schemas.visible import visible, visible_line

_ROLE_CELLS = 10


def text(preview: Preview, width: int, like: str | None = None) -> str:
    """The whole preview, or its title alone where that of the path `like` shows the same."""
    if like is not None:
        return f"{click.style(visible(preview.title), bold=True)}, like {visible(like)}"
    lines = [click.style(visible(preview.title), bold=True)]
    if preview.problem is not None:
        lines += [f"  {visible(preview.problem)}", f"  fix: {visible(preview.mend or '')}"]
    for shape, roles in preview.mappings.items():
        prefix = f"{shape}: " if len(preview.mappings) > 1 else ""
        lines += _wrapped(f"  {prefix}", [f"{key} → {role}" for key, role in roles.items()], width)
    for example in preview.examples:
        lines += _example(example, width)
    for reason, rejected in preview.rejected.items():
        lines += _rejected(reason, rejected, preview.fixes.get(reason), width)
    return "\n".join(lines)


def _wrapped(prefix: str, parts: list[str], width: int) -> list[str]:
    """The parts with dots between them, on as many lines as they take: no field is cut off."""
    lines = [prefix]
    for number, part in enumerate(map(visible_line, parts)):
        joined = f"{lines[-1]} · {part}" if number else f"{prefix}{part}"
        if number and cell_len(joined) > width:
            joined = f"    {part}"
            lines.append("")
        lines[-1] = joined
    return lines


def _example(example: Example, width: int) -> list[str]:
    tags = f"  tags {', '.join(example.tags)}" if example.tags else ""
    title = cut(f"  {example.source}:{example.line}  {example.example_id}{tags}", width)
    return [click.style(title, dim=True), *(cut(_message(m), width) for m in example.messages)]


def _message(message: Message) -> str:
    said = " ".join(filter(None, [message.content, message.tool_calls and f"calls {message.tool_calls}"]))
    return f"    {message.role:<{_ROLE_CELLS}}{said}"


def _rejected(reason: str, rejected: Rejected, fix: str | None, width: int) -> list[str]:
    more = ", …" if rejected.count > SHOWN else ""
    rows = f"line{'' if rejected.count == 1 else 's'} {', '.join(map(str, rejected.lines))}{more}"
    return [
        cut(f"  rejected {rejected.count:,}: {reason}, {rows}", width),
        *([cut(f"    {rejected.raws[0]}", width)] if rejected.raws[0].strip() else []),
        *([f"    fix: {visible(fix)}"] if fix else []),
    ]


def cut(line: str, width: int) -> str:
    """The line, visible and at most `width` cells wide; line ends as `⏎`."""
    # Longer text than could be shown is not looked at.
    shown = visible_line(line[: 2 * width])
    if cell_len(shown) <= width and len(line) <= 2 * width:
        return shown.rstrip()
    return set_cell_size(shown, width - 1).rstrip() + "…"
