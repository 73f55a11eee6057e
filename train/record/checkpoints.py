"""Checkpoints of a run: whole or absent, verified before they are trusted.

    checkpoints/step-00000040/   adapter_model.safetensors, adapter_config.json   (the model, for `full`)
                                 optimizer.pt, scheduler.pt, rng_state.pth, trainer_state.json
                                 checkpoint.json                                  (step, epoch, hashes)

A resume needs all of it. When newer checkpoints stand, an older one keeps its weights alone if they are
worth keeping (an epoch's end, the best so far), and goes otherwise.
"""

import shutil
from collections.abc import Collection
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from curate.file_hash import sha256_of

META = "checkpoint.json"
_STATE = (
    "optimizer.*",
    "scheduler.pt",
    "pytorch_model_fsdp.bin",
    "rng_state*.pth",
    "scaler.pt",
    "trainer_state.json",
    "global_step*",  # DeepSpeed's folder, the file that names it, and its scripts
    "latest",
    "zero_to_*.py",
)
RESUMABLE = 2  # how many of the newest can be resumed from: one may turn out damaged


class Checkpoint(BaseModel):
    """`checkpoint.json`. `files`: SHA-256 by path within. `base`: fingerprint of the weights it is for."""

    model_config = ConfigDict(frozen=True)
    step: int
    epoch: float
    base: str
    files: dict[str, str]


def seal(folder: Path, step: int, epoch: float, base: str) -> None:
    """Writes `checkpoint.json` over the files that stand in the folder."""
    standing = sorted(file for file in folder.rglob("*") if file.is_file())
    files = {str(file.relative_to(folder)): sha256_of(file) for file in standing}
    meta = Checkpoint(step=step, epoch=epoch, base=base, files=files)
    (folder / META).write_text(meta.model_dump_json(indent=2) + "\n", encoding="utf-8")


def read(folder: Path) -> Checkpoint | None:
    """The checkpoint in a folder, or None where it holds none that can be read."""
    try:
        return Checkpoint.model_validate_json((folder / META).read_bytes())
    except (OSError, ValidationError):
        return None


class Checkpoints:
    """The checkpoints of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, step: int) -> Path:
        return self.folder / f"step-{step:08}"

    def steps(self) -> list[int]:
        """Steps of all that stand, weights alone or whole, ascending."""
        found = (read(path) for path in self.folder.glob("step-*"))
        return sorted(checkpoint.step for checkpoint in found if checkpoint)

    def latest(self) -> tuple[Checkpoint | None, list[str]]:
        """The newest that is whole, and a sentence for each newer one that is not."""
        passed_over: list[str] = []
        for step in reversed(self.steps()):
            checkpoint = read(self.path(step))
            if checkpoint is None or not self._resumable(step):
                continue
            damaged = self._damaged(checkpoint)
            if damaged is None:
                return checkpoint, passed_over
            passed_over.append(
                f"the checkpoint of step {step} is damaged ({damaged}); going back to the one before"
            )
        return None, passed_over

    def discard_after(self, step: int) -> None:
        for later in self.steps():
            if later > step:
                shutil.rmtree(self.path(later))

    def prune(self, keep: Collection[int]) -> None:
        """Keeps the newest two whole, and of older ones the weights of the steps in `keep`."""
        for step in self.steps()[:-RESUMABLE]:
            if step in keep:
                self.strip(step)
            else:
                shutil.rmtree(self.path(step))

    def strip(self, step: int) -> None:
        """Leaves the weights alone."""
        for file in self.path(step).iterdir():
            if _is_state(file) and file.is_dir():
                shutil.rmtree(file)
            elif _is_state(file):
                file.unlink()

    def finish(self, keep: Collection[int]) -> None:
        """What stays of a run that is over: the weights of the steps in `keep`."""
        for step in self.steps():
            if step in keep:
                self.strip(step)
            else:
                shutil.rmtree(self.path(step))

    def copy_weights(self, step: int, target: Path) -> None:
        """The weights and their configuration, without optimiser state, into a folder."""
        for file in self.path(step).iterdir():
            if file.name != META and not _is_state(file):
                shutil.copy2(file, target / file.name)

    def _resumable(self, step: int) -> bool:
        """A stripped one is no damaged one: its state was taken away."""
        return any(any(self.path(step).glob(name)) for name in ("optimizer.*", "latest"))

    def _damaged(self, checkpoint: Checkpoint) -> str | None:
        """The first file that is not as it was written."""
        for name, expected in checkpoint.files.items():
            file = self.path(checkpoint.step) / name
            if not file.is_file() or sha256_of(file) != expected:
                return name
        return None


def _is_state(file: Path) -> bool:
    """Whether a file or folder of a checkpoint is needed to go on training, and for nothing else."""
    return any(file.match(pattern) for pattern in _STATE)
