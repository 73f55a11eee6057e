"""Which features a build asks for of the same rows: they are computed together."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.belongings import Belongings
from curate.building.by_part import by_part
from curate.duplicates.facts import FactsFeature
from curate.flow.keys import digest
from curate.flow.step import Features
from curate.flow.table import Table, View
from curate.leaks import PromptsFeature
from curate.report.facts import RowFacts
from curate.similarity.features import PARTS, ShingleFeature
from curate.similarity.row_texts import Turns
from curate.similarity.shingles import FEW, Shingles
from schemas import recipe
from schemas.example import Example
from schemas.stage import Feature


def load() -> None:
    """Makes what reading and the features below need once in a process."""
    import_module("curate.flow.batch_read")
    Shingles.of_column(pa.array([""]), 1, compiled=True)


def is_compiled() -> bool:
    """Whether the kernels of `load` were compiled on this machine before."""
    # Numba takes a while to load, and few rows need none of it.
    from curate.similarity.kernels import compiling
    from curate.similarity.kernels.text import shingle_rows

    return compiling.is_compiled(shingle_rows)


def of_imported(settings: recipe.Dedup | None) -> Features:
    """What dedup asks for."""

    def features(rows: int) -> list[Feature]:
        parts = PARTS if settings else ()
        n = settings.shingle if settings else 0
        return [FactsFeature(), *(ShingleFeature(part, n, rows >= FEW) for part in parts)]

    return features


def of_finished(split: recipe.Split, seed: int, settings: recipe.Dedup | None) -> Features:
    """What split, the leak certificate, the tables and the report ask for."""

    def features(rows: int) -> list[Feature]:
        shingles = ShingleFeature("spoken", (settings or recipe.Dedup()).shingle, rows >= FEW)
        return [Belongings(split, seed), shingles, PromptsFeature(), ToolsFeature(), RowFacts()]

    return features


def has_tools(table: Table) -> bool:
    """Whether any row has a field of a tool."""
    view = View(table)
    parts = view.parts()
    keys = view.keys()

    def work(new: list[int]) -> Iterator[bytes]:
        some = np.concatenate([np.arange(parts[part].start, parts[part].stop) for part in new])
        return (bytes([bool(each["tools"].any())]) for each in view.features(ToolsFeature(), of=some))

    names = [digest([keys[part].tobytes()]) for part in parts]
    return b"\1" in by_part(view, f"{ToolsFeature.key}/parts", names, work)


class ToolsFeature:
    """Which rows have a field of a tool in some message."""

    key = "tools/1"

    def __call__(self, rows: Sequence[Example]) -> dict[str, npt.NDArray[Any]]:
        return {
            "tools": np.array(
                [any(m.name or m.tool_calls or m.tool_call_id for m in r.messages) for r in rows], np.bool_
            )
        }

    def of_table(self, rows: pa.Table) -> dict[str, npt.NDArray[Any]]:
        turns = Turns.of(rows)
        lengths = sum(
            pc.fill_null(pc.binary_length(column), 0).to_numpy()
            for column in (turns.name, turns.tool_calls, turns.tool_call_id)
        )
        return {"tools": turns.total(lengths) > 0}
