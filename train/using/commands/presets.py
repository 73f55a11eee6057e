"""`train preset`: where a configuration for `accelerate launch` lies."""

import click

from train.presets import NAMES, path_of


@click.command()
@click.argument("name", type=click.Choice(NAMES))
def preset(name: str) -> None:
    """Print the path of a configuration for runs on several GPUs.

    accelerate launch --config_file "$(train preset ddp)" --num_processes 4 --no_python train run
    """
    click.echo(path_of(name))
