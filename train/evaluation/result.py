"""Evaluation: what stands on disk of one evaluation, read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from schemas.errors import RunError
from schemas.evaluation import EvalInfo, SetResult
from train.evaluation.store import GENERATIONS, INFO, LOSSES
from train.store import Run

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "evals"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation of a run. Figures are in `info.sets`; tables are read when asked for."""

    path: Path
    info: EvalInfo

    @property
    def sets(self) -> Sequence[SetResult]:
        return self.info.sets

    def set(self, name: str) -> SetResult:
        """The set with this name: a split's, or a general set's path. Raises KeyError."""
        found = {result.name: result for result in self.sets}
        return found[name]

    def generations(self) -> "pd.DataFrame":
        """A row an answer and system, with every metric; columns of `schemas.arrow.generations_schema`."""
        return _frame(self.path / GENERATIONS)

    def losses(self) -> "pd.DataFrame":
        """A row an example and system; columns of `schemas.arrow.EVALUATED_LOSSES`."""
        return _frame(self.path / LOSSES)

    def to_dict(self) -> dict[str, Any]:
        """`eval.json`, and where it lies."""
        return {"path": str(self.path), **self.info.model_dump(mode="json")}


def load_evaluation(path: Path) -> Evaluation:
    """Raises RunError where the folder holds no whole evaluation."""
    file = path / INFO
    try:
        return Evaluation(path, EvalInfo.model_validate_json(file.read_bytes()))
    except FileNotFoundError:
        raise RunError(f"{path}: no evaluation here", "make one with `train eval RUN`") from None
    except (ValidationError, OSError) as error:
        reason = f"{error.error_count()} fields" if isinstance(error, ValidationError) else str(error)
        raise RunError(f"{file}: damaged ({reason})", f"remove {file}: `train eval` writes it anew") from None


def list_evaluations(run: Run) -> list[Evaluation]:
    """All whole ones of a run, oldest first."""
    files = (run.path / FOLDER).glob(f"*/{INFO}")
    found = [load_evaluation(file.parent) for file in files]
    return sorted(found, key=lambda evaluation: (evaluation.info.made_at, evaluation.info.name))


def _frame(path: Path) -> "pd.DataFrame":
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        frame: pd.DataFrame = pq.read_table(path).to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise RunError(f"{path}: damaged ({error})", "remove it, and run `train eval` again") from None
    return frame
