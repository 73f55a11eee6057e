"""Answers marked: a value for each answer, system and metric, and the statistics that figures add up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.arrays import Floats
from train.evaluation.metrics.catalogue import LOSS, Chosen, Metric, mean_of
from train.evaluation.resampling import ratio
from train.evaluation.sitting import Key, Paper, Sat

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Marks:
    """One metric of one system, an entry an item of the set: `values` are NaN where there is none,
    `statistics` (n, width) are 0 there; `there` says where they are."""

    values: Floats
    statistics: Floats
    there: Flags


@dataclass(frozen=True, slots=True)
class Marked:
    """A set, marked. `marks` by system and metric, the loss first. `of_sets`: metrics that no single answer
    has a value of."""

    sat: Sat
    metrics: tuple[Metric, ...]
    marks: Mapping[tuple[str, str], Marks]

    @property
    def of_sets(self) -> frozenset[str]:
        return frozenset(m.name for m in self.metrics if m.value is None and m.name != LOSS)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Rows of `generations.parquet`."""
        columns = [m.name for m in self.metrics if m.name != LOSS and m.name not in self.of_sets]
        for paper in self.sat.papers:
            marks = {name: self.marks[paper.system.name, name].values for name in columns}
            for at, item in enumerate(self.sat.items):
                key = item.example.example_id, item.turn
                prompt, answer = paper.prompts.get(key), paper.answers.get(key)
                yield {
                    "set": self.sat.set.name,
                    "example_id": key[0],
                    "turn": key[1],
                    "system": paper.system.name,
                    "request": paper.requests.get(key),
                    "prediction": answer.text if answer else None,
                    "reference": self.sat.references[key],
                    "finish": answer.finish if answer else None,
                    "n_tokens": answer.n_tokens if answer else None,
                    "n_prompt_tokens": len(prompt.ids) if prompt else None,
                    "shots": [shot.example_id for shot in prompt.shots] if prompt else None,
                    **{name: None if np.isnan(v[at]) else float(v[at]) for name, v in marks.items()},
                }

    def loss_rows(self) -> Iterator[dict[str, Any]]:
        """Rows of `losses.parquet`."""
        for paper in self.sat.papers:
            for name, loss in paper.losses.items():
                yield {
                    "set": self.sat.set.name,
                    "example_id": name,
                    "system": paper.system.name,
                    "request": paper.loss_requests.get(name),
                    "n_tokens": loss.n_tokens,
                    "nll_sum": loss.nll,
                    "loss": loss.nll / loss.n_tokens,
                }


def mark(sat: Sat, chosen: Chosen) -> Marked:
    """Raises UsageError where a metric of the user's fails, with the example's id."""
    keys = [(item.example.example_id, item.turn) for item in sat.items]
    marks: dict[tuple[str, str], Marks] = {}
    for paper in sat.papers:
        marks[paper.system.name, LOSS] = _losses(paper, keys)
        for metric in chosen.metrics:
            marks[paper.system.name, metric.name] = _marks(sat, paper, metric)
    loss = Metric(LOSS, None, mean_of, 2, ratio)
    return Marked(sat, (loss, *chosen.metrics), marks)


def _marks(sat: Sat, paper: Paper, metric: Metric) -> Marks:
    values = np.full(len(sat.items), np.nan)
    statistics = np.zeros((len(sat.items), metric.width))
    there = np.zeros(len(sat.items), dtype=bool)
    for at, item in enumerate(sat.items):
        key = item.example.example_id, item.turn
        answer = paper.answers.get(key)
        if answer is None:
            continue
        reference = sat.references[key]
        value = metric.value(answer.text, reference, item.example) if metric.value else None
        if value is None and metric.value:
            continue
        values[at] = np.nan if value is None else value
        statistics[at] = metric.statistics(answer.text, reference, value)
        there[at] = True
    return Marks(values, statistics, there)


def _losses(paper: Paper, keys: Sequence[Key]) -> Marks:
    """The loss is an example's: it stands at the example's last item."""
    last = {name: at for at, (name, _) in enumerate(keys)}
    values = np.full(len(keys), np.nan)
    statistics = np.zeros((len(keys), 2))
    for name, loss in paper.losses.items():
        if name in last:
            values[last[name]] = loss.nll / loss.n_tokens
            statistics[last[name]] = loss.nll, loss.n_tokens
    return Marks(values, statistics, ~np.isnan(values))
