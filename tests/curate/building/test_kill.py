"""`kill -9` at any moment of a build: the next start completes, with the same bytes as an undisturbed one."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from desk import files, write_workspace

from curate.workspace import Workspace

KILLS = 10
BUILD = [sys.executable, "-m", "curate", "build"]


def test_ten_kills_leave_nothing_half_written(tmp_path: Path) -> None:
    for name in ("cold", "calm"):  # the first start after a change of the code is slower
        calm = write_workspace(tmp_path / name)
        started = time.perf_counter()
        subprocess.run(BUILD, cwd=calm.parent, check=True, capture_output=True)
        undisturbed_s = time.perf_counter() - started
    expected = files(Workspace.open(calm).version())

    stormy = write_workspace(tmp_path / "stormy")
    moments = random.Random(11)
    killed = attempts = 0
    while killed < KILLS:
        attempts += 1
        assert attempts < 4 * KILLS, "no kill comes in time: the moments are wrong"
        process = subprocess.Popen(
            BUILD, cwd=stormy.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        started = time.perf_counter()
        try:
            # Most of a small build is start-up; the later part of it is where files are written.
            process.wait(undisturbed_s * moments.uniform(0.4, 0.95))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
        else:  # the machine has become quicker
            undisturbed_s = time.perf_counter() - started
        if versions := Workspace.open(stormy).versions():
            for name in versions:
                Workspace.open(stormy).version(name).verify()
            shutil.rmtree(stormy.parent / ".siftune")  # done: the next one starts from nothing
    subprocess.run(BUILD, cwd=stormy.parent, check=True, capture_output=True)
    workspace = Workspace.open(stormy)
    assert files(workspace.version()) == expected
    assert [p.name for p in workspace.datasets.iterdir()] == [workspace.version().version]
