"""Options that the commands share, and what each does before it loads anything heavy."""

from pathlib import Path

import click

force_option = click.option(
    "--force", is_flag=True, help="Go on where template, prompt or base are not those of training."
)
base_option = click.option(
    "--base-model", metavar="MODEL", help="Where the base model is by now: a folder, or a hub name."
)
out_option = click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where to write it.")


def prepare() -> None:
    """Packages there, and quiet, before the first of them is loaded."""
    from train.fitting.quiet import quiet
    from train.session import need_packages

    need_packages()
    quiet()
