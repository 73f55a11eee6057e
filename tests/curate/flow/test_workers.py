"""Workers live no longer than the build that started them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

_BUILD = """
import os, sys, time
from curate.flow.workers import Workers

if __name__ == "__main__":
    workers = Workers(1, os.getpid, (), os.getpid, [])
    workers.begin(1)
    print(workers.submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""


_SLOW = """
import os, time
from functools import partial
from curate.flow.workers import Workers

if __name__ == "__main__":
    workers = Workers(1, os.getpid, (), os.getpid, [partial(time.sleep, 2)])
    began = time.monotonic()
    answers = [workers.submit(os.getpid), workers.submit(divmod, 1, 0), workers.submit(divmod, 17, 5)]
    print(time.monotonic() - began < 1, answers[0].result() != os.getpid())
    print(type(answers[1].exception()).__name__, answers[2].result(), time.monotonic() - began >= 2)
    workers.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forks of a server")
def test_to_ask_workers_is_not_to_wait_for_their_start(tmp_path: Path) -> None:
    script = tmp_path / "ask.py"
    script.write_text(_SLOW)
    environment = {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    asked = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env=environment, check=True
    )
    assert asked.stdout.split("\n") == ["True True", "ZeroDivisionError (3, 2) True", ""]


@pytest.mark.parametrize("safe", ["1", ""])
def test_a_killed_build_leaves_no_worker(tmp_path: Path, safe: str) -> None:
    script = tmp_path / "build.py"
    script.write_text(_BUILD)
    environment = {
        **os.environ,
        "PYTHONSAFEPATH": safe,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment
    ) as build:
        assert build.stdout is not None
        worker = int(build.stdout.readline())
        assert _runs(worker)
        build.kill()
    until = time.monotonic() + 10
    while _runs(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(worker)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")  # one that ended waits there for its parent to take note
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
