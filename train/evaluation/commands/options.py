"""Options that both commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_OPTIONS = (
    click.option("--split", default="test", show_default=True, help="Of the run's data."),
    click.option("--metrics", metavar="M,M,…", help="Built-in names or dotted paths; all that fit when not."),
    click.option("--general", multiple=True, metavar="FILE", help="A set from outside the data, or hf:NAME."),
    click.option("--limit", type=click.IntRange(min=1), help="Examples a set, the first by id."),
    click.option("--max-new-tokens", type=click.IntRange(min=1), help="By the references when not given."),
    click.option("--turns", type=click.Choice(["last", "all"]), help="Which answers are asked for.  [last]"),
    click.option(
        "--output", type=click.Path(path_type=Path), metavar="DIR", help="In the run's folder when not given."
    ),
)


def question_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is asked, of which examples."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def listed(text: str | None) -> tuple[str, ...] | None:
    """`a,b` as a tuple; None where nothing was said."""
    return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())


def asked(
    split: str,
    metrics: str | None,
    general: tuple[str, ...],
    limit: int | None,
    max_new_tokens: int | None,
    turns: str | None,
) -> dict[str, Any]:
    """As `train.evaluate` takes it; None where nothing was said."""
    return {
        "split": split,
        "metrics": listed(metrics),
        "general": general or None,
        "limit": limit,
        "max_new_tokens": max_new_tokens,
        "turns": turns,
    }
