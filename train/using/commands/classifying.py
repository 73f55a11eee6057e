"""`train classify`."""

import sys
from pathlib import Path
from typing import TextIO

import click

from curate.edge import json_option, recipe_option, say
from train.using.commands.options import base_option, force_option, prepare

_BATCH = 32
_UNREADABLE = 3


@click.command()
@click.argument("name", metavar="RUN")
@click.argument("file", metavar="[FILE|-]", type=click.File("r", encoding="utf-8"), default="-")
@recipe_option
@base_option
@force_option
@json_option
def classify(
    name: str,
    file: TextIO,
    recipe_path: Path,
    base_model: str | None,
    force: bool,
    as_json: bool,
) -> int:
    """Class and probabilities of each line of FILE, or of stdin, by RUN's classification head.

    A line is a text, or JSON with `messages`, `text` or `prompt`. Printed: the class, a tab, then every
    class with its probability; with --json an object a line. A line that cannot be read gives an empty class,
    is told on stderr, and the exit code is 3.
    """
    prepare()
    import torch

    from schemas.canonical import to_json
    from train.classifying.using import Classifier, Refused
    from train.using.opened import load_tuned, onto_gpu, open_for_use

    opened = open_for_use(
        recipe_path, name, say=say, base_model=base_model, force=force, task="classification"
    )
    classifier = Classifier(opened, onto_gpu(load_tuned(opened, torch.float32)))
    refused = 0
    # A person who types sees each answer at once.
    batch = 1 if file.name == "<stdin>" and sys.stdin.isatty() else _BATCH
    for verdict in classifier.classify(file, batch=batch):
        if isinstance(verdict, Refused):
            refused += 1
            say(f"line {verdict.line}: {verdict.error}")
        if as_json:
            click.echo(to_json(verdict.to_dict()))
        elif isinstance(verdict, Refused):
            click.echo()
        else:
            chances = sorted(verdict.probabilities.items(), key=lambda pair: -pair[1])
            click.echo(f"{verdict.label}\t" + "  ".join(f"{label} {chance:.4f}" for label, chance in chances))
    return _UNREADABLE if refused else 0
