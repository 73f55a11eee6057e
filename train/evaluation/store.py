"""Answers and losses of an evaluation on disk: nothing that a model said is asked again.

    evals/<name>/eval.json             settings, figures, versions: the evaluation is whole
    evals/<name>/generations.parquet   a row an answer and system
    evals/<name>/losses.parquet        a row an example and system
    evals/<name>/parts/                batch by batch while models answer, whole or absent

Each row carries `request`, a hash of the model's state, the tokens that it read and the room that it had.
Whatever has the same request, in these files or in those of another evaluation of the run, is taken as it is.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from curate import atomic
from schemas.arrow import EVALUATED_LOSSES, generations_schema
from schemas.errors import RunError
from train.evaluation.generating import Answer, Finish
from train.evaluation.losses import Loss

INFO, GENERATIONS, LOSSES, PARTS = "eval.json", "generations.parquet", "losses.parquet", "parts"
_ANSWERS = ("request", "prediction", "n_tokens", "finish")
_LOSS = ("request", "nll_sum", "n_tokens")


class Store:
    """The folder of one evaluation; `others` are folders of evaluations to take from."""

    def __init__(self, folder: Path, others: Sequence[Path]) -> None:
        self.folder = folder
        self.answers: dict[str, Answer] = {}
        self.losses: dict[str, Loss] = {}
        self._parts = folder / PARTS
        self._next = 0
        for place in dict.fromkeys((folder, *others)):
            self._learn(_rows(place / GENERATIONS, _ANSWERS), _rows(place / LOSSES, _LOSS))
            for part in sorted((place / PARTS).glob("answers-*.parquet")):
                self._learn(_rows(part, _ANSWERS), ())
            for part in sorted((place / PARTS).glob("losses-*.parquet")):
                self._learn((), _rows(part, _LOSS))

    def keep_answers(self, found: Mapping[str, Answer]) -> None:
        """Answers by request, as one part."""
        self.answers.update(found)
        rows = [
            {"request": request, "prediction": a.text, "n_tokens": a.n_tokens, "finish": a.finish}
            for request, a in found.items()
        ]
        self._write("answers", rows)

    def keep_losses(self, found: Mapping[str, Loss]) -> None:
        """Losses by request, as one part."""
        self.losses.update(found)
        rows = [{"request": r, "nll_sum": x.nll, "n_tokens": x.n_tokens} for r, x in found.items()]
        self._write("losses", rows)

    def finish(
        self,
        generations: Sequence[Mapping[str, Any]],
        metrics: Sequence[str],
        losses: Sequence[Mapping[str, Any]],
        info: str,
    ) -> None:
        """Writes the tables, then `eval.json`, and removes the parts."""
        _write_table(self.folder / GENERATIONS, generations, generations_schema(metrics))
        _write_table(self.folder / LOSSES, losses, EVALUATED_LOSSES)
        atomic.write_text(self.folder / INFO, info)
        shutil.rmtree(self._parts, ignore_errors=True)

    def _learn(self, answers: Any, losses: Any) -> None:
        for row in answers:
            if row["prediction"] is not None:
                self.answers[row["request"]] = Answer(
                    row["prediction"], row["n_tokens"], cast("Finish", row["finish"])
                )
        for row in losses:
            if row["request"] is not None:  # one of the run's own tables has none
                self.losses[row["request"]] = Loss(row["nll_sum"], row["n_tokens"])

    def _write(self, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """A part of this process: two at work in one folder do not meet."""
        atomic.sweep(self._parts)
        name = f"{kind}-{os.getpid()}-{self._next:06}.parquet"
        while (self._parts / name).exists():
            self._next += 1
            name = f"{kind}-{os.getpid()}-{self._next:06}.parquet"
        self._next += 1
        _write_table(self._parts / name, rows, None)


def _write_table(path: Path, rows: Sequence[Mapping[str, Any]], schema: pa.Schema | None) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), sink, compression="zstd")
    atomic.write_bytes(path, sink.getvalue().to_pybytes())


def _rows(path: Path, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Raises RunError for a damaged table."""
    if not path.is_file():
        return
    try:
        yield from pq.read_table(path, columns=list(columns)).to_pylist()
    except (pa.ArrowException, OSError, KeyError) as error:
        raise RunError(f"{path}: damaged ({error})", f"remove {path}: its answers are asked again") from None
