"""Writes `docs/commands.md` from the commands' help: `python docs/reference.py`; a test compares the two."""

from collections.abc import Iterator
from pathlib import Path

import click

import curate.cli
import train.cli

HEAD = """# Commands

Made from the commands' own help by `python docs/reference.py`. Every command also takes `--debug`, which
shows the traceback of an error. Exit codes: 0 done, 1 a gate failed, 2 usage or recipe, 3 data unreadable,
130 interrupted. Data goes to stdout, words to stderr.
"""


def reference() -> str:
    """The whole page."""
    sections = [HEAD]
    for name, group in (("curate", curate.cli.group), ("train", train.cli.group)):
        for path, command in _commands(name, group):
            context = click.Context(
                command,
                info_name=path,
                max_content_width=100,
                terminal_width=100,
                help_option_names=group.context_settings["help_option_names"],
            )
            sections.append(f"## {path}\n\n```text\n{command.get_help(context).rstrip()}\n```\n")
    return "\n".join(sections)


def _commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from _commands(f"{path} {name}", inner)
    else:
        yield path, command


if __name__ == "__main__":
    (Path(__file__).parent / "commands.md").write_text(reference(), encoding="utf-8")
