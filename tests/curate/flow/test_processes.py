"""Workers of a program that is a plain script, without `if __name__ == "__main__":`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import curate

SCRIPT = """\
import sys
from functools import partial

from curate.flow.workers import Workers

print("the script runs")
workers = Workers(2, print, (), len, [partial(sys.setrecursionlimit, 4321)])
print(workers.submit(divmod, 17, 5).result(), workers.submit(sys.getrecursionlimit).result(), flush=True)
workers.close()
"""


@pytest.mark.parametrize("safe", ["", "1"], ids=["started anew", "forked by a server"])
def test_workers_do_not_run_the_script_that_starts_them_and_forks_inherit_what_was_done_before(
    tmp_path: Path, safe: str
) -> None:
    file = tmp_path / "script.py"
    file.write_text(SCRIPT)
    where = {"PYTHONPATH": str(Path(curate.__file__).parents[1]), "PYTHONSAFEPATH": safe}
    ended = subprocess.run(
        [sys.executable, str(file)], capture_output=True, text=True, timeout=120, env=os.environ | where
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split("\n").count("the script runs") == 1
    assert f"(3, 2) {4321 if safe else 1000}" in ended.stdout
