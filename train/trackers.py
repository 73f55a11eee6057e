"""Where else a run's figures go, if the recipe says so (`train.report_to`): nowhere by default.

accelerate's trackers write. They get the figures by step, the final ones, and as configuration the recipe's
`train` section with what the run is made of: no source, no system prompt, no text of an example. A tracker
that fails later on is left, which is said; it never costs a run.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from importlib import util
from pathlib import Path
from typing import Any

from schemas.errors import UsageError
from schemas.run import FinalLosses, RunInfo
from schemas.training import Train

Say = Callable[[str], None]
_VALIDATION = "validation_"


def check(names: Sequence[str]) -> None:
    """Raises UsageError where the package of a tracker is not installed."""
    for name in names:
        if util.find_spec(name) is None:
            raise UsageError(
                f"train.report_to: {name} is not installed",
                f"pip install {name}, or leave it out of train.report_to",
            )


class Trackers:
    """The trackers of one run, opened. One that was told of a step before is not told again: a resumed run
    goes through the same steps to the same figures."""

    def __init__(self, opened: Mapping[str, Any], told: Sequence[Mapping[str, Any]], say: Say) -> None:
        self._opened = dict(opened)
        self._told = {(line["step"], _is_validation(line)) for line in told if "event" not in line}
        self._say = say

    def log(self, line: Mapping[str, Any]) -> None:
        """A line of `metrics.jsonl`."""
        key = line["step"], _is_validation(line)
        if "event" not in line and key not in self._told:
            self._told.add(key)
            self._log(_named(line), line["step"])

    def final(self, losses: FinalLosses, step: int) -> None:
        figures = losses.model_dump(exclude_none=True, exclude={"best_step"})
        self._log({f"final/{name}": value for name, value in figures.items()}, step)

    def close(self) -> None:
        for name in list(self._opened):
            self._attempt(name, lambda tracker: tracker.finish())
        self._opened.clear()

    def _log(self, figures: dict[str, float], step: int) -> None:
        for name in list(self._opened):
            self._attempt(name, lambda tracker: tracker.log(figures, step=step))

    def _attempt(self, name: str, do: Callable[[Any], None]) -> None:
        try:
            with redirect_stdout(sys.stderr):
                do(self._opened[name])
        except Exception as error:  # noqa: BLE001  # whatever a server may do: training goes on
            del self._opened[name]
            self._say(f"{name} is told no more: {type(error).__name__}: {error}")


def open_all(
    train: Train,
    project: str,
    info: RunInfo,
    folder: Path,
    told: Sequence[Mapping[str, Any]],
    say: Say,
) -> tuple[Trackers, dict[str, str]]:
    """The recipe's trackers, and the ids by which a resumed run finds what it wrote there.

    `told`: the lines of the metrics that stand from before. Raises UsageError where one cannot be opened.
    """
    check(train.report_to)
    opened: dict[str, Any] = {}
    reports = dict(info.reports)
    for name in train.report_to:
        try:
            with redirect_stdout(sys.stderr):
                opened[name] = _OPENED[name](project, info, folder)
                opened[name].start()
                _configure(name, opened[name], _configuration(train, info), resumed=name in reports)
                reports[name] = _place(name, opened[name], info)
        except Exception as error:
            raise UsageError(
                f"train.report_to: {name} cannot be opened: {str(error).strip().splitlines()[0]}",
                f"see to {name}'s own settings (its login, its address), or leave it out of train.report_to",
            ) from error
        say(f"figures go to {name} too: {reports[name]}")
    return Trackers(opened, told, say), reports


def _tensorboard(_project: str, info: RunInfo, folder: Path) -> Any:
    from accelerate.tracking import TensorBoardTracker

    return TensorBoardTracker(info.run, folder / "tensorboard")


def _wandb(project: str, info: RunInfo, folder: Path) -> Any:
    import wandb
    from accelerate.tracking import WandBTracker

    # The screen is ours: wandb would put itself between it and stderr.
    settings = wandb.Settings(console="off", silent=True)
    return WandBTracker(
        project, id=info.run, name=info.run, resume="allow", dir=str(folder), settings=settings
    )


def _mlflow(project: str, info: RunInfo, _folder: Path) -> Any:
    from accelerate.tracking import MLflowTracker

    return MLflowTracker(experiment_name=project, run_id=info.reports.get("mlflow"), run_name=info.run)


def _trackio(project: str, info: RunInfo, _folder: Path) -> Any:
    from accelerate.tracking import TrackioTracker

    return TrackioTracker(project, name=info.run, resume="allow")


_OPENED: dict[str, Callable[[str, RunInfo, Path], Any]] = {
    "tensorboard": _tensorboard,
    "wandb": _wandb,
    "mlflow": _mlflow,
    "trackio": _trackio,
}


def _place(name: str, tracker: Any, info: RunInfo) -> str:
    """Where a person, or a resumed run, finds it."""
    if name == "tensorboard":
        return str(tracker.logging_dir)
    if name == "mlflow":
        return str(tracker.active_run.info.run_id)
    return str(getattr(tracker.run, "url", None) or info.run)


def _configure(name: str, tracker: Any, values: dict[str, Any], *, resumed: bool) -> None:
    """The configuration, once: MLflow refuses it a second time."""
    if name == "tensorboard":
        # As text: its table of hyper-parameters would be a run beside the run.
        rows = "".join(f"| {key} | {value} |\n" for key, value in values.items())
        tracker.writer.add_text("recipe", f"| key | value |\n|---|---|\n{rows}", global_step=0)
    elif not resumed:
        tracker.store_init_configuration(values)


def _configuration(train: Train, info: RunInfo) -> dict[str, Any]:
    """Flat: `train.lora.r` and so on."""
    made_of = info.model_dump(
        mode="json",
        include={
            "run",
            "dataset_version",
            "base_model",
            "seed",
            "template_sha256",
            "system_prompt_sha256",
            "packages",
            "tokens",
        },
    )
    return {**_flat("", made_of), **_flat("train.", train.model_dump(mode="json"))}


def _flat(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flat(f"{prefix}{key}.", value)
        else:
            flat[f"{prefix}{key}"] = value if isinstance(value, bool | int | float | str) else str(value)
    return flat


def _is_validation(line: Mapping[str, Any]) -> bool:
    return f"{_VALIDATION}loss" in line


def _named(line: Mapping[str, Any]) -> dict[str, float]:
    """Figures under the part that they are about, as the trackers group them."""
    if _is_validation(line):
        found = {k: v for k, v in line.items() if k.startswith(_VALIDATION)}
        return {f"validation/{name.removeprefix(_VALIDATION)}": value for name, value in found.items()}
    return {f"train/{name}": value for name, value in line.items() if name != "step"}
