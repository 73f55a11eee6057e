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
    workers = Workers(1, os.getpid, (), os.getpid, [partial(time.sleep, 5)])
    began = time.monotonic()
    answers = [workers.submit(os.getpid), workers.submit(divmod, 1, 0), workers.submit(divmod, 17, 5)]
    print(time.monotonic() - began < 4, answers[0].result() != os.getpid())
    print(type(answers[1].exception()).__name__, answers[2].result(), time.monotonic() - began >= 5)
    workers.close()
"""


_UNSTARTED = """
import os
from curate.flow.workers import Workers

if __name__ == "__main__":
    workers = Workers(1, os.getpid, (lambda: 0,), os.getpid, [])
    workers.begin(1)
    print(workers.submit(os.getpid).exception() is not None)
    workers.close()
"""


_CLOSED = """
import os, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from curate.flow.workers import Workers

if __name__ == "__main__":
    work, begun = sys.argv[1:]
    workers = Workers(1, os.getpid, (), os.getpid, [])
    answers = [workers.submit(exec, f"open({begun!r}, 'w').close()\\n{work}")]
    answers += [workers.submit(os.getpid) for _ in range(9)]
    with ThreadPoolExecutor(10) as waiting:
        words = waiting.map(lambda answer: type(answer.exception()).__name__, answers)
        while not Path(begun).exists():
            time.sleep(0.01)
        workers.close()
        print(*words)
"""


def _said(script: Path, *arguments: str, safe: str) -> str:
    """What a program prints that ends by itself."""
    environment = {
        **os.environ,
        "PYTHONSAFEPATH": safe,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    asked = subprocess.run(
        [sys.executable, script, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
        timeout=60,
    )
    assert asked.stderr == ""
    return asked.stdout


@pytest.mark.parametrize("safe", ["1", ""])
def test_of_workers_that_cannot_be_started_each_task_says_so(tmp_path: Path, safe: str) -> None:
    script = tmp_path / "ask.py"
    script.write_text(_UNSTARTED)
    assert _said(script, safe=safe) == "True\n"


@pytest.mark.parametrize("safe", ["1", ""])
@pytest.mark.parametrize(
    ("work", "end"),
    [("while True: pass", "CancelledError"), ("import time; time.sleep(600)", "BrokenProcessPool")],
)
def test_nobody_waits_for_workers_that_are_closed(tmp_path: Path, safe: str, work: str, end: str) -> None:
    script = tmp_path / "ask.py"
    script.write_text(_CLOSED)
    first, *others = _said(script, work, str(tmp_path / "begun"), safe=safe).split()
    assert first == end
    assert set(others) <= {end, "CancelledError"}


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forks of a server")
def test_to_ask_workers_is_not_to_wait_for_their_start(tmp_path: Path) -> None:
    script = tmp_path / "ask.py"
    script.write_text(_SLOW)
    assert _said(script, safe="1").split("\n") == ["True True", "ZeroDivisionError (3, 2) True", ""]


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
    """One that ended waits in /proc for its parent to take note."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()
