"""What a run says to the person who started it, on stderr: a live screen on a terminal, else plain lines."""

from rich.console import Console

from train.progress.lines import Lines, Silent
from train.progress.report import Progress, Report, Tick, Worst
from train.progress.screen import Screen

__all__ = ["Lines", "Progress", "Report", "Screen", "Silent", "Tick", "Worst", "on_stderr"]


def on_stderr(*, plain: bool = False, quiet: bool = False) -> Progress:
    """A live screen where stderr is a terminal and `plain` is not asked for, else lines; with `quiet`,
    nothing but errors."""
    if quiet:
        return Silent()
    console = Console(stderr=True, highlight=False)
    if plain or not console.is_terminal or console.is_dumb_terminal:
        return Lines(console)
    return Screen()
