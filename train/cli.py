"""The `train` command: parses, calls the API, prints. Data on stdout, words on stderr."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from curate.edge import json_option, print_json, recipe_option, run_cli, say
from train.auditing.command import audit
from train.bisecting.command import bisect
from train.dynamics import commands as dynamics
from train.evaluation import commands as evaluation
from train.mending.command import fix
from train.reporting.command import report
from train.sweeping.command import sweep
from train.using import commands as using

if TYPE_CHECKING:
    from train.tiny.base import Report


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="siftune", prog_name="train")
def group() -> None:
    """Tune the model: a dataset version in, an adapter and a loss for every example out.

    Every command takes --debug, which shows the traceback of an error.
    """


def main() -> None:
    run_cli(group)


@group.command("tiny-base")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--steps", type=click.IntRange(min=1), help="Training steps; the same give the same model.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Stop by the clock instead.")
@click.option("--seed", type=int, default=17, show_default=True)
@click.option("--talk", type=click.Path(path_type=Path), help="JSONL of dialogues to learn the language of.")
def tiny_base(folder: Path, steps: int | None, minutes: float | None, seed: int, talk: Path | None) -> None:
    """Make a small base model in DIR, for trying things out without a download."""
    from schemas.errors import UsageError
    from train.tiny.base import tiny_base as make

    if steps is not None and minutes is not None:
        raise UsageError("--steps and --minutes are two ways to say when to stop", "give one of them")
    with _pretraining() as report:
        make(folder, steps=steps, minutes=minutes, seed=seed, talk=talk, report=report)
    say(f"base model in {folder}; name it in the recipe: train: {{model: {folder}}}")
    click.echo(folder)


@group.command()
@recipe_option
@click.option("--version", "version_name", help="The dataset version; the current one when not given.")
@click.option("--gpu", metavar="NAME", help="Plan for this GPU of the table, not for this machine.")
@click.option("--show", type=click.IntRange(min=0), default=3, show_default=True, help="Examples to render.")
@click.option("--plain", is_flag=True, help="No colour: what is trained stands in brackets.")
@click.option("--strict", is_flag=True, help="Exit with 1 when there is a warning.")
@json_option
def plan(
    recipe_path: Path,
    version_name: str | None,
    gpu: str | None,
    show: int,
    plain: bool,
    strict: bool,
    as_json: bool,
) -> int:
    """Tell what a run would be, before any GPU second: rows, mask, steps, memory, settings.

    Needs the model's tokenizer and config only; of a model on the hub, nothing else is fetched.
    """
    from train.fitting.quiet import quiet
    from train.plan.outline import need_packages, outline

    need_packages()
    quiet()
    planned = outline(version_name, recipe=recipe_path, gpu=gpu, show=show)
    if as_json:
        from train.plan.record import record

        print_json(record(planned))
    else:
        from train.plan.pages import show as show_pages

        show_pages(planned, plain_text=plain)
    return 1 if strict and planned.warnings else 0


@group.command()
@recipe_option
@click.option("--version", "version_name", help="The dataset version; the current one when not given.")
@click.option("--resume", metavar="RUN", help="Go on with a run that was interrupted.")
@click.option("--plain", is_flag=True, help="Lines instead of the live screen, on a terminal too.")
@click.option("--quiet", is_flag=True, help="Nothing but errors, and the run's id.")
def run(recipe_path: Path, version_name: str | None, resume: str | None, plain: bool, quiet: bool) -> None:
    """Train on a dataset version; prints the run's id last."""
    from train.progress import on_stderr
    from train.ranks import is_first
    from train.session import run as start

    # Of several processes that train one run each comes here: what shows itself at once is for `run` to make.
    progress = on_stderr(plain=plain, quiet=quiet) if plain or quiet else None
    finished = start(version_name, recipe=recipe_path, resume=resume, progress=progress)
    if is_first():
        click.echo(finished.id)


@group.command()
@click.argument("names", nargs=-1, metavar="[RUN]…")
@recipe_option
@click.option(
    "--compare", is_flag=True, help="What they make of the same examples; all runs when none is named."
)
@click.option("--split", help="With --compare, one split.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option(
    "--queue",
    type=click.Choice(["forgotten", "flips", "hard"]),
    help="With --compare, make these the review queue `drift`.",
)
@json_option
def runs(
    names: tuple[str, ...],
    recipe_path: Path,
    compare: bool,
    split: str | None,
    top: int,
    queue: Any,
    as_json: bool,
) -> None:
    """List the runs, oldest first; with --compare, the examples that drift from run to run.

    Always hard, flipping between right and wrong, or forgotten by the latest run: docs/dynamics.md defines
    each. `curate review --queue drift` opens what --queue left.
    """
    from train.store import list_runs, open_run
    from train.tables import runs_data, runs_table, show

    listed = [open_run(recipe_path, name) for name in names] or list_runs(recipe_path)
    if compare:
        from train.dynamics.drifting import print_drift

        print_drift(listed, recipe_path, split, top, queue, as_json)
        return
    if split or queue:
        raise click.UsageError("--split and --queue belong to --compare")
    if as_json:
        print_json(runs_data(listed))
    elif listed:
        show(runs_table(listed))
        for one in listed:
            if not one.finished and one.info.reason:
                say(f"run {one.id} {one.state}: {one.info.reason}")
        if len({one.info.dataset_version for one in listed if one.info.final.test_loss is not None}) > 1:
            say("test losses on different data may be of other examples; `train audit A B` takes shared ones")
    else:
        say("no run yet: `train run` makes one")


for _command in (
    dynamics.losses,
    dynamics.data_map,
    dynamics.ifd,
    evaluation.evaluate,
    evaluation.quant_check,
    audit,
    bisect,
    fix,
    report,
    sweep,
    using.merge,
    using.export,
    using.chat,
    using.classify,
    using.preset,
):
    group.add_command(_command)


@contextmanager
def _pretraining() -> "Iterator[Report]":
    """Progress of the tiny base on stderr: a bar on a terminal, a line now and then elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from transformers.utils import logging

    quiet: Any = logging.disable_progress_bar  # not annotated
    quiet()
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("pretraining"), BarColumn(), TextColumn("{task.fields[text]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=1.0, text="")

        def report(done: float, step: int, loss: float) -> None:
            text = f"step {step}  loss {loss:.3f}"
            bar.update(task, completed=done, text=text)
            if not console.is_terminal and step % 100 == 1:
                say(f"pretraining {done:4.0%}  {text}")

        yield report
