"""`train chat`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from curate.edge import recipe_option, say
from train.using.commands.options import base_option, force_option, prepare


@click.command()
@click.argument("name", metavar="[RUN]", required=False)
@recipe_option
@click.option("--base", "with_base", is_flag=True, help="The untuned model answers too, first.")
@click.option("--temperature", type=click.FloatRange(min=0), default=0.0, show_default=True)
@click.option(
    "--max-tokens", type=click.IntRange(min=1), default=512, show_default=True, help="Of one answer."
)
@click.option("--seed", type=int, default=17, show_default=True)
@base_option
@force_option
def chat(
    name: str | None,
    recipe_path: Path,
    with_base: bool,
    temperature: float,
    max_tokens: int,
    seed: int,
    base_model: str | None,
    force: bool,
) -> None:
    """Talk to RUN (the latest when not named), in the template and under the system prompt of its training.

    A line is a message; /reset begins anew, /quit or Ctrl-D ends. Lines may come from a pipe.
    """
    prepare()
    from train.using import chatting
    from train.using.opened import open_for_use

    opened = open_for_use(recipe_path, name, say=say, base_model=base_model, force=force)
    both = chatting.speakers(opened, base=with_base)
    style = chatting.Style(temperature, max_tokens, seed)
    chatting.chat(_lines(), both, style, _write, say)


def _lines() -> Iterator[str]:
    """Lines of stdin, asked for where a person types them."""
    typed = sys.stdin.isatty()
    while True:
        if typed:
            click.echo("> ", nl=False, err=True)
        line = sys.stdin.readline()
        if not line:
            return
        yield line


def _write(piece: str) -> None:
    """To stdout at once; on a terminal, what a model says must not drive it."""
    from schemas.visible import visible

    shown = visible(piece) if sys.stdout.isatty() else piece
    click.echo(shown, nl=False)
