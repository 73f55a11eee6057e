"""How well finders find: AUROC, and how much must be read; and both as tables in Markdown."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samples.scoring.run import auroc

FOUND = 0.8


def scores(found: pd.DataFrame) -> pd.DataFrame:
    """A row a finder: `auroc`, and `read`, the share of rows until FOUND of the planted are seen."""
    planted = found["planted"].astype(bool)
    rows = []
    for name in found.columns.drop("planted"):
        values = found[name].fillna(-np.inf).astype(float)
        must_read = read(np.asarray(values, dtype=np.float64), np.asarray(planted, dtype=np.bool_))
        rows.append({"finder": name, "auroc": auroc(values, planted), "read": must_read})
    return pd.DataFrame(rows)


def read(signal: NDArray[np.float64], planted: NDArray[np.bool_]) -> float:
    """The share of rows to read, highest first. Equal ones come in no order: as many of them as are needed on
    the average."""
    table = pd.DataFrame({"signal": signal, "planted": planted}).groupby("signal", sort=True)["planted"]
    hits, rows = table.sum().to_numpy()[::-1], table.count().to_numpy()[::-1]
    target = FOUND * planted.sum()
    seen = np.cumsum(hits)
    at = int(np.searchsorted(seen, target - 1e-9))
    before = seen[at] - hits[at]
    return float((rows[:at].sum() + rows[at] * (target - before) / hits[at]) / len(planted))


def tables(done: pd.DataFrame) -> str:
    """A column a task and fault, a row a finder; each the mean over seeds, and the least and the most."""
    parts = []
    for title, column, shown in (
        ("AUROC", "auroc", "{:.2f}"),
        (f"Share of rows to read until {FOUND:.0%} of the faults are seen", "read", "{:.0%}"),
    ):
        parts += [f"### {title}", "", *_table(done, column, shown), ""]
    return "\n".join(parts)


def _table(done: pd.DataFrame, column: str, shown: str) -> list[str]:
    kinds = list(dict.fromkeys(zip(done["task"], done["fault"], strict=True)))
    lines = ["| finder | " + " | ".join(f"{task}: {fault}" for task, fault in kinds) + " |"]
    lines.append("|---|" + "---|" * len(kinds))
    for finder in dict.fromkeys(done["finder"]):
        cells = []
        for task, fault in kinds:
            chosen = (done["finder"] == finder) & (done["task"] == task) & (done["fault"] == fault)
            values = done.loc[chosen, column]
            least, most = (shown.format(value) for value in (values.min(), values.max()))
            around = "" if least == most else f" ({least}–{most})"
            cells.append(f"{shown.format(values.mean())}{around}")
        lines.append(f"| {finder} | " + " | ".join(cells) + " |")
    return lines
