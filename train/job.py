"""Job: a run that is about to be trained, begun now or gone on with, and the files that say so."""

import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML

from curate import atomic
from curate.version import SPLITS, DatasetVersion
from curate.workspace import Workspace
from schemas.recipe import Recipe, Train
from schemas.run import RunInfo
from train.store import CONFIG

PACKAGES = ("torch", "transformers", "trl", "peft", "bitsandbytes", "accelerate")


@dataclass(frozen=True, slots=True)
class Job:
    """`recipe`: the version's data part with `train` and the seed as they are run. `resumes`: the run that
    is gone on with, None for a new one, whose folder does not exist yet. `measured`: the splits whose losses
    are taken."""

    workspace: Workspace
    version: DatasetVersion
    recipe: Recipe
    train: Train
    run: str
    resumes: RunInfo | None
    measured: tuple[str, ...] = SPLITS

    @classmethod
    def of(
        cls,
        workspace: Workspace,
        version: DatasetVersion,
        recipe: Recipe,
        run: str,
        resumes: RunInfo | None,
    ) -> "Job":
        """Of a recipe with a `train` section."""
        if recipe.train is None:
            raise AssertionError(f"run {run}: no `train` section")
        return cls(workspace, version, recipe, recipe.train, run, resumes)

    @property
    def path(self) -> Path:
        return self.workspace.runs / self.run

    def info(self, template_sha256: str) -> RunInfo:
        """`run.json` as this process takes the run up."""
        here = {"state": "running", "host": socket.gethostname(), "pid": os.getpid(), "reason": None}
        if self.resumes is not None:
            return self.resumes.model_copy(update=here)
        return RunInfo(
            run=self.run,
            state="running",
            dataset_version=self.version.version,
            base_model=self.train.model,
            method=self.train.method,
            task=self.train.task,
            seed=self.recipe.seed,
            template_sha256=template_sha256,
            system_prompt_sha256=self.version.manifest.system_prompt_sha256,
            packages={name: metadata.version(name) for name in PACKAGES},
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        ).model_copy(update=here)

    def write_config(self) -> None:
        """`config.yaml`: the recipe as it is run, without where decisions lie (maybe with a password)."""
        text = StringIO()
        YAML(typ="safe").dump(self.recipe.model_dump(mode="json", exclude={"journal"}), text)
        atomic.write_text(self.path / CONFIG, text.getvalue())
