"""Which features a build asks for of the same rows: they are computed together."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.duplicates.facts import FactsFeature
from curate.flow.keys import digest, no_keys, places
from curate.flow.step import Features
from curate.flow.table import Table, View
from curate.leaks import PromptsFeature
from curate.report.facts import RowFacts
from curate.similarity.features import PARTS, ShingleFeature
from curate.similarity.shingles import FEW
from curate.stages.split import Belongings
from schemas import recipe
from schemas.example import Example
from schemas.stage import Feature

FEATURE_PACKAGES = (__name__, "curate.similarity.kernels.text")
"""Modules that the features below need in a worker."""


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
    """Whether any row has a field of a tool. What is known of a part is kept for its rows as a whole: few
    parts have other ones than in the build before."""
    view = View(table)
    ends = np.cumsum([len(at) for at in table.in_parts(view.at)])
    parts = [rows for rows in np.split(np.arange(len(view)), ends[:-1]) if len(rows)]
    names = np.array([digest([table.keys[view.at[rows]].tobytes()]) for rows in parts], no_keys().dtype)
    kept = view.kept(ToolsFeature.key) or {"parts": no_keys(), "tools": np.empty(0, bool)}
    place = places(kept["parts"], names)
    new = np.flatnonzero(place < 0)
    tools = np.zeros(len(parts), dtype=bool)
    tools[place >= 0] = kept["tools"][place[place >= 0]]
    if len(new):
        found = view.features(ToolsFeature(), of=np.concatenate([parts[part] for part in new.tolist()]))
        tools[new] = [each["tools"].any() for each in found]
        view.keep(ToolsFeature.key, {"parts": names, "tools": tools})
    return bool(tools.any())


class ToolsFeature:
    """Which rows have a field of a tool in some message."""

    key = "tools/1"

    def __call__(self, rows: Sequence[Example]) -> dict[str, npt.NDArray[Any]]:
        return {
            "tools": np.array(
                [any(m.name or m.tool_calls or m.tool_call_id for m in r.messages) for r in rows]
            )
        }
