"""Runs on disk, read: `runs/<run>/` with run.json, config.yaml, metrics.jsonl, losses, tokens, adapter/.

`config.yaml` is the recipe as it was run. Nothing here needs torch.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from curate.atomic import alive
from curate.workspace import Workspace
from schemas.errors import RunError, UsageError
from schemas.recipe import Recipe
from schemas.recipe_file import load_recipe
from schemas.run import RunInfo, RunState
from train.record.held import is_held

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

INFO, CONFIG, METRICS = "run.json", "config.yaml", "metrics.jsonl"
LOSSES, TOKENS, ADAPTER = "losses.parquet", "tokens.parquet", "adapter"
PREDICTIONS, CONFUSION = "predictions.parquet", "confusion.csv"


@dataclass(frozen=True, slots=True)
class Run:
    """One training run. Tables are read when asked for; nothing is written."""

    path: Path
    info: RunInfo

    @property
    def id(self) -> str:
        return self.info.run

    @property
    def state(self) -> RunState:
        """As in run.json, but `interrupted` where no process of this machine trains what is `running`.

        A run of another machine that says `running` is believed.
        """
        here = self.info.host == socket.gethostname()
        if self.info.state == "running" and here and not (alive(self.info.pid) and is_held(self.path)):
            return "interrupted"
        return self.info.state

    @property
    def finished(self) -> bool:
        return self.state in ("done", "stopped early")

    @property
    def adapter(self) -> Path:
        """The folder of the adapter's weights. Raises RunError where none was saved."""
        return self._existing(ADAPTER)

    @property
    def recipe(self) -> Recipe:
        """The recipe as it was run."""
        return load_recipe(self._existing(CONFIG))

    def losses(self) -> "pd.DataFrame":
        """A row per example, kind, model and step; columns of `schemas.arrow.LOSSES`. Raises RunError."""
        from schemas import arrow

        return self._frame(LOSSES, arrow.LOSSES)

    def tokens(self) -> "pd.DataFrame":
        """The token losses of the last snapshot; columns of `schemas.arrow.TOKENS`. Raises RunError."""
        from schemas import arrow

        return self._frame(TOKENS, arrow.TOKENS)

    def predictions(self) -> "pd.DataFrame":
        """What a classification predicted, columns of `schemas.arrow.PREDICTIONS`: a row per example and
        model, the base and the adapter that was kept. Raises RunError."""
        from schemas import arrow

        return self._frame(PREDICTIONS, arrow.PREDICTIONS)

    def metrics(self) -> list[dict[str, Any]]:
        """One object a logging step. A last line that a kill cut short is left out."""
        import orjson

        path = self._existing(METRICS)
        lines = path.read_bytes().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            lines.pop()
        try:
            return [orjson.loads(line) for line in lines]
        except orjson.JSONDecodeError as error:
            raise RunError(f"{path}: damaged ({error})", self._mend()) from None

    def read(self, name: str, columns: Sequence[str], dictionary: Sequence[str] = ()) -> "pa.Table":
        """Columns of one of the run's Parquet files, those in `dictionary` as such. Raises RunError."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self._existing(name)
        try:
            return pq.read_table(path, columns=list(columns), read_dictionary=list(dictionary))
        except (pa.ArrowException, OSError, ValueError) as error:
            raise RunError(f"{path}: damaged ({error})", self._mend()) from None

    def _frame(self, name: str, schema: "pa.Schema") -> "pd.DataFrame":
        import pyarrow as pa

        try:
            frame: pd.DataFrame = self.read(name, schema.names).cast(schema).to_pandas()
        except (pa.ArrowException, ValueError) as error:
            raise RunError(f"{self.path / name}: damaged ({error})", self._mend()) from None
        return frame

    def _existing(self, name: str) -> Path:
        path = self.path / name
        if not path.exists():
            raise RunError(f"{path}: missing; the run is {self.state}", self._mend())
        return path

    def _mend(self) -> str:
        if self.state == "running":
            return "wait until it ends: `train runs` says so"
        if self.state in ("interrupted", "failed"):
            return f"finish it with `train run --resume {self.id}`"
        return "train again with `train run`"


def load_run(path: Path) -> Run:
    """The run in this folder. Raises RunError where it is absent or damaged."""
    file = path / INFO
    try:
        return Run(path, RunInfo.model_validate_json(file.read_bytes()))
    except FileNotFoundError:
        raise RunError(f"{path}: no run here", "`train runs` lists the runs there are") from None
    except (ValidationError, OSError) as error:
        reason = f"{error.error_count()} fields" if isinstance(error, ValidationError) else str(error)
        raise RunError(f"{file}: damaged ({reason})", f"remove {path}, or restore run.json") from None


def list_runs(workspace: Workspace | Path | str = "recipe.yaml") -> list[Run]:
    """All runs of a workspace (or of the recipe at that path), oldest first."""
    folders = [file.parent for file in _workspace(workspace).runs.glob(f"[!.]*/{INFO}")]
    return sorted(map(load_run, folders), key=lambda run: (run.info.started_at, run.id))


def open_run(workspace: Workspace | Path | str = "recipe.yaml", name: str | None = None) -> Run:
    """The run with this id or unique prefix; the one started last when None. Raises RunError."""
    workspace = _workspace(workspace)
    if name is not None and (workspace.runs / name / INFO).is_file():
        return load_run(workspace.runs / name)
    runs = list_runs(workspace)
    if not runs:
        raise RunError(f"{workspace.runs}: no run yet", "run `train run`")
    matches = runs[-1:] if name is None else [run for run in runs if run.id.startswith(name)]
    if len(matches) != 1:
        raise RunError(
            f"{name!r} names {len(matches) or 'no'} runs in {workspace.runs}",
            f"use one of: {', '.join(run.id for run in runs)}",
        )
    return matches[0]


def open_two(
    workspace: Workspace | Path | str, run_a: Run | str, run_b: Run | str, *, what: str
) -> tuple[Run, Run]:
    """Two runs that `what` compares, by their names. Raises RunError; UsageError where both are one run."""
    a, b = (one if isinstance(one, Run) else open_run(workspace, one) for one in (run_a, run_b))
    if a.path == b.path:
        raise UsageError(f"{what} takes two runs, and both names are of run {a.id}", "see `train runs`")
    return a, b


def _workspace(where: Workspace | Path | str) -> Workspace:
    return where if isinstance(where, Workspace) else Workspace.open(Path(where))
