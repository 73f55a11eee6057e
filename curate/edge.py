"""The edge between a command and its user: errors in two lines, exit codes, Ctrl-C, words on stderr."""

import gc
import os
import sys
from collections.abc import Callable
from importlib import import_module, util
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from schemas.canonical import to_json
from schemas.errors import Interrupted, SiftuneError, UsageError

_DEBUG = "--debug"


def run_cli(group: click.Group) -> None:
    """Run a command and exit: 0 done, 1 a gate failed, 2 usage or recipe, 3 data unreadable, 130 interrupted.

    `--debug` anywhere on the line shows the traceback of an error.
    """
    arguments = [a for a in sys.argv[1:] if a != _DEBUG]
    debug = len(arguments) < len(sys.argv) - 1
    # Worker processes must not find a user's own train.py or curate.py beside the data.
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        result = group.main(args=arguments, standalone_mode=False)
        code = result if isinstance(result, int) else 0
    except SiftuneError as error:
        code = _report(error, debug)
    except click.ClickException as error:
        code = _report(UsageError(error.format_message(), _usage_mend(error)), debug)
    except (click.exceptions.Abort, KeyboardInterrupt):
        code = _report(Interrupted("interrupted", "run the same command again to go on"), debug)
    except BrokenPipeError:
        # The reader of stdout went away (`| head`): nothing is wrong, and nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    gc.freeze()  # All that is left goes with the process: looking through it for cycles takes up to a second.
    sys.exit(code)


def say(line: str) -> None:
    """A line for the person, on stderr: stdout is for data. Above a bar, which `click.echo` writes into."""
    print(line, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """One JSON value on stdout."""
    sys.stdout.write(to_json(value) + "\n")


def load_package(name: str) -> ModuleType:
    """A module of one of our own packages, or an error that names the foreign module in its way."""
    package = name.partition(".")[0]
    ours = Path(__file__).resolve().parent.parent / package
    spec = util.find_spec(package)
    found = Path(spec.origin).resolve() if spec and spec.origin else None
    if found is None or found.parent != ours:
        raise UsageError(
            f"the package {package!r} of Siftune is hidden by {found or 'nothing: it is not installed'}",
            "rename that file, or install siftune into an environment of its own",
        )
    return import_module(name)


def recipe_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--recipe PATH`, which every command takes."""
    return click.option(
        "--recipe",
        "recipe_path",
        type=click.Path(path_type=Path),
        default=Path("recipe.yaml"),
        show_default=True,
        help="The recipe; the workspace lies beside it.",
    )(command)


def journal_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--journal URL`, of every command that reads or writes decisions: SIFTUNE_JOURNAL while it runs."""
    return click.option(
        "--journal",
        expose_value=False,
        callback=_use_journal,
        help="Where decisions are: postgresql://user@host/database, or a file; else SIFTUNE_JOURNAL or the "
        "recipe's `journal`.",
    )(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--json`, where something is printed for reading."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")(command)


def _use_journal(context: click.Context, _: click.Parameter, where: str | None) -> None:
    if where is None:
        return
    from curate.workspace import JOURNAL_VARIABLE

    before = os.environ.get(JOURNAL_VARIABLE)
    os.environ[JOURNAL_VARIABLE] = where

    @context.call_on_close
    def restore() -> None:
        if before is None:
            del os.environ[JOURNAL_VARIABLE]
        else:
            os.environ[JOURNAL_VARIABLE] = before


def _report(error: SiftuneError, debug: bool) -> int:
    if debug:
        import traceback

        traceback.print_exception(error)
    say(f"error: {error.problem}")
    say(f"  fix: {error.mend}")
    return error.exit_code


def _usage_mend(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"see `{context.command_path} --help`" if context else "see `--help`"
