"""What `train runs` prints, and tables of other commands: for people, plain data for scripts."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table

from train.fitted import fitted
from train.store import Run

_NUMBER = 7
_WIDTH = 140  # columns where stdout is no terminal and so has no width of its own


def runs_data(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """`run.json` of each run, with the state that holds now."""
    return [{**run.info.model_dump(mode="json"), "state": run.state} for run in runs]


def runs_table(runs: Sequence[Run]) -> Table:
    """Oldest first. Losses in nats per trained token, of the test and the validation split; of the test split
    accuracy and F1, where a run is a classification."""
    table = blank_table("run", "state", "data", "base model", "method", "step")
    # Where there is no room for all, the base model's name, which may be a long path, goes on the next line.
    table.columns[3].no_wrap = False
    classes = any(run.info.task == "classification" for run in runs)
    for name in ("base test", "test", "validation", *(("accuracy", "macro-F1") if classes else ())):
        table.add_column(name, justify="right", no_wrap=True, min_width=max(len(name), _NUMBER))
    for run in runs:
        info = run.info
        table.add_row(
            run.id,
            run.state,
            info.dataset_version,
            info.base_model,
            info.method,
            f"{info.step}/{info.total_steps}" if info.total_steps else str(info.step),
            nats(info.final.base_test_loss),
            nats(info.final.test_loss),
            nats(info.final.validation_loss),
            *((_share(info.final.test_accuracy), _share(info.final.test_macro_f1)) if classes else ()),
        )
    return table


def _share(score: float | None) -> str:
    return "–" if score is None else f"{score:.3f}"


def show(table: RenderableType) -> None:
    """On stdout, as wide as the terminal."""
    width = None if sys.stdout.isatty() else _WIDTH
    console = Console(file=sys.stdout, width=width, highlight=False)
    console.print(fitted(table, console, console.width))


def show_titled(tables: Iterable[tuple[str, RenderableType | None]]) -> None:
    """Each under its title, with a blank line after it; None where there is nothing to list."""
    for title, table in tables:
        sys.stdout.write(f"{title}\n")
        if table is not None:
            show(table)
        sys.stdout.write("\n")


def blank_table(*columns: str) -> Table:
    """Columns with text; add those with numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, no_wrap=True, overflow="fold")
    return table


def nats(loss: float | None) -> str:
    """A loss, or a dash."""
    return "–" if loss is None else f"{loss:.4f}"
