"""A run of each method that was interrupted ends as one that was not, to the last bit."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import train
from curate.workspace import Workspace
from schemas.errors import Interrupted

CASES: dict[str, dict[str, Any]] = {
    "ia3": {"method": "ia3", "packing": True},
    "prefix": {"method": "prefix", "prefix": {"tokens": 4}},
    "prompt": {"method": "prompt", "neftune_alpha": 5, "optimizer": "adamw_8bit"},
    "pissa": {"method": "lora", "lora": {"r": 4, "alpha": 8, "dropout": 0.1, "init": "pissa"}},
    "adafactor": {"method": "lora", "optimizer": "adafactor", "group_by_length": True},
}


class Stopping:
    """A progress that sends this process a Ctrl-C after the first step."""

    def __init__(self, stops: bool) -> None:
        self._stops = stops

    def say(self, _line: str) -> None: ...

    def step(self, report: Any) -> None:
        if self._stops and report.step == 1:
            os.kill(os.getpid(), signal.SIGINT)

    @contextmanager
    def measuring(self, _what: str, _total: int) -> Iterator[Callable[[int], None]]:
        yield lambda _done: None

    def close(self) -> None: ...


@pytest.mark.parametrize("name", CASES)
def test_an_interrupted_run_goes_on_to_the_same_end(
    tmp_path: Path, new_workspace: Callable[..., Workspace], name: str
) -> None:
    settings = {"epochs": 1, "snapshots": [], "learning_rate": 1e-2, "scheduler": "constant", **CASES[name]}
    whole, halved = (new_workspace(tmp_path / part, **settings).recipe_path for part in ("whole", "halved"))
    undisturbed = train.run("tiny0001", recipe=whole, progress=Stopping(False))
    with pytest.raises(Interrupted):
        train.run("tiny0001", recipe=halved, progress=Stopping(True))
    (begun,) = train.runs(Workspace.open(halved))
    assert 0 < begun.info.step < begun.info.total_steps
    run = train.run(recipe=halved, resume=begun.id, progress=Stopping(False))
    pd.testing.assert_frame_equal(run.losses(), undisturbed.losses(), check_exact=True)
    weights = "adapter_model.safetensors"
    assert (run.adapter / weights).read_bytes() == (undisturbed.adapter / weights).read_bytes()
