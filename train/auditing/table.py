"""An audit as tables for the terminal. All that the data or people wrote passes the gate."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from schemas.visible import visible_line
from train.auditing import words
from train.auditing.audit import Audit
from train.auditing.changes import counts
from train.auditing.findings import Finding
from train.tables import blank_table

if TYPE_CHECKING:
    import pandas as pd

_NAME = 26  # columns that a slice's name has at least, where it is as long
RISEN = ("worse", "worse or chance", "within seed noise")
Titled = tuple[str, RenderableType | None]


def tables(found: Audit, top: int) -> Iterator[Titled]:
    """Each with the words that stand above it; None where there is nothing to list."""
    yield _title("settings that differ", len(found.settings)), _settings(found)
    yield _title("changed examples", len(found.changes)), _changes(found, top)
    yield "losses of common examples, nats a trained token", _splits(found)
    risen = [one for one in found.slices if one.verdict in RISEN]
    yield f"slices of {' and '.join(found.sliced)}: {words.moved(found)}", _slices(risen[:top])
    if found.metrics:
        yield "answers of `train eval`, higher is better", _metrics(found)
    yield "the examples that rose most (one alone proves nothing)", _examples(found, top)
    yield _title("changed training rows, most suspect first", len(found.suspects)), _suspects(found, top)


def _title(name: str, n: int) -> str:
    return f"{name}: {n:,}" if n else f"{name}: none"


def _settings(found: Audit) -> Table | None:
    if not found.settings:
        return None
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("setting", "A", "B", "what it means"):
        table.add_column(name, overflow="fold")
    for one in found.settings:
        table.add_row(*(_cell(v) for v in (one.name, one.a, one.b, one.means)))
    return table


def _changes(found: Audit, top: int) -> Table | None:
    if not len(found.changes):
        return None
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("rows", justify="right")
    for name in ("kind", "splits", "stage", "reason", "who", "source"):
        table.add_column(name, overflow="fold")
    for row in counts(found.changes).head(top).to_dict("records"):
        cells = (row["kind"], splits(row), row["stage"], row["reason"], row["actor"], row["source"])
        table.add_row(f"{row['rows']:,}", *map(_cell, cells))
    return table


def splits(row: Any) -> str:
    """Where a changed row stood and stands."""
    before, after = (
        one if isinstance(one, str) else "–" for one in (row["split_before"], row["split_after"])
    )
    return before if before == after else f"{before} → {after}"


def _splits(found: Audit) -> Table:
    return _findings(found.splits, rest=False)


def _slices(listed: Sequence[Finding]) -> Table | None:
    return _findings(listed, rest=True) if listed else None


def _findings(listed: Sequence[Finding], *, rest: bool) -> Table:
    """Of slices, the difference on the rest stands in the place of both losses."""
    titles = [words.title(one) if rest else one.name for one in listed]
    table = Table(box=None, pad_edge=False, header_style="bold")
    # Where the terminal is narrow, the verdict gives way before the name.
    widest = min(_NAME, max(map(len, titles)))
    table.add_column("slice" if rest else "split", overflow="fold", min_width=widest)
    for name in ("examples", *(() if rest else ("A", "B")), "B − A", "95 %", "q"):
        table.add_column(name, justify="right", no_wrap=True)
    if rest:
        table.add_column("the rest", justify="right", no_wrap=True)
    floors = any(one.floor for one in listed)
    if floors:
        table.add_column(f"{words.whose(listed)} · other seeds of A", justify="right", no_wrap=True)
    table.add_column("verdict")
    for title, one in zip(titles, listed, strict=True):
        tested = one.tested
        table.add_row(
            _cell(title),
            f"{tested.examples:,}",
            *(() if rest else (f"{one.a:.4f}", f"{one.b:.4f}")),
            f"{tested.difference:+.4f}",
            words.interval(tested),
            words.q(tested),
            *((_signed(one.rest),) if rest else ()),
            *((f"{one.floor.b if one.floor else one.b:.4f} · {words.floor(one)}",) if floors else ()),
            one.verdict,
        )
    return table


def _metrics(found: Audit) -> Table:
    table = blank_table("set", "metric")
    for name in ("answers", "A", "B", "B − A", "95 %", "q"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for one in found.metrics:
        tested = one.tested
        figures = (f"{one.a:.4f}", f"{one.b:.4f}", f"{tested.difference:+.4f}")
        ends = (words.interval(tested), words.q(tested), one.verdict)
        table.add_row(_cell(one.set), _cell(one.metric), f"{tested.examples:,}", *figures, *ends)
    return table


def worst(found: Audit, top: int) -> "pd.DataFrame":
    """The judged examples whose loss rose most."""
    rows = found.common.rows[found.common.judged]
    risen = rows[rows["rise"] > 0]
    return risen.sort_values(["rise", "example_id"], ascending=[False, True], kind="stable").head(top)


def _examples(found: Audit, top: int) -> Table | None:
    rows = worst(found, top)
    if not len(rows):
        return None
    table = blank_table("example", "split")
    for name in ("tokens", "A", "B", "B − A"):
        table.add_column(name, justify="right")
    for row in rows.to_dict("records"):
        figures = (f"{row['loss_a']:.4f}", f"{row['loss_b']:.4f}", f"{row['rise']:+.4f}")
        table.add_row(row["example_id"], row["split"], f"{row['n_tokens']:,}", *figures)
    return table


def _suspects(found: Audit, top: int) -> Table | None:
    if not len(found.suspects):
        return None
    table = blank_table("example")
    for name in ("rank", *found.signals):
        table.add_column(name, justify="right")
    for name in ("kind", "splits", "reason", "who", "source"):
        table.add_column(name, overflow="fold")
    for row in found.suspects.head(top).to_dict("records"):
        figures = (f"{row['rank']:.2f}", *(number(row[name]) for name in found.signals))
        cells = (row["kind"], splits(row), row["reason"], row["actor"], place(row))
        table.add_row(row["example_id"], *figures, *map(_cell, cells))
    return table


def place(row: Any) -> str:
    """The line that a changed row came from, as `curate why` takes it."""
    return f"{row['source']}:{row['line']}"


def number(value: float) -> str:
    return "–" if value != value else f"{value:.3f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.4f}"


def _cell(value: Any) -> Text:
    return Text(visible_line(value) if isinstance(value, str) else "–")
