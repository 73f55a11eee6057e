"""Runs on disk, read: `runs/<run>/` with run.json, config.yaml, metrics.jsonl, losses, tokens, adapter/.

`config.yaml` is the recipe as it was run. Torch is not needed to read a run.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.run import RunInfo, RunState

if TYPE_CHECKING:
    import pandas as pd

    from curate.workspace import Workspace
    from schemas.recipe import Recipe

INFO, CONFIG, METRICS, LOSSES, TOKENS, ADAPTER = (
    "run.json",
    "config.yaml",
    "metrics.jsonl",
    "losses.parquet",
    "tokens.parquet",
    "adapter",
)


@dataclass(frozen=True, slots=True)
class Run:
    """One training run. Tables are read when asked for."""

    path: Path
    info: RunInfo

    @property
    def id(self) -> str:
        return self.info.run

    @property
    def state(self) -> RunState:
        """As in run.json, but `interrupted` where the process that was running is gone."""
        raise NotImplementedError

    @property
    def adapter(self) -> Path:
        """The folder of the adapter's weights. Raises RunError where none was saved."""
        raise NotImplementedError

    @property
    def recipe(self) -> "Recipe":
        raise NotImplementedError

    def losses(self) -> "pd.DataFrame":
        """`losses.parquet`, columns of `schemas.arrow.LOSSES`."""
        raise NotImplementedError

    def tokens(self) -> "pd.DataFrame":
        """`tokens.parquet`, columns of `schemas.arrow.TOKENS`."""
        raise NotImplementedError

    def metrics(self) -> list[dict[str, Any]]:
        """One dict a logging step."""
        raise NotImplementedError


def load_run(path: Path) -> Run:
    """The run in this folder. Raises RunError where it is absent or damaged."""
    raise NotImplementedError


def open_run(workspace: "Workspace | Path | str", name: str | None = None) -> Run:
    """The run of that id (or a prefix of it that only one has); the latest where none is named."""
    raise NotImplementedError


def list_runs(workspace: "Workspace | Path | str") -> list[Run]:
    """All runs, oldest first."""
    raise NotImplementedError
