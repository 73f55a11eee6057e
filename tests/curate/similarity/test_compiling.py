"""Compiled code is kept where that can be, and works where it cannot."""

import os
import subprocess
import sys
from pathlib import Path

CODE = """
import numpy as np
from curate.similarity.kernels.buckets import distinct
values = np.array([1, 1, 2, 5, 5], dtype=np.uint64)
assert distinct(values) == 3 and values[:3].tolist() == [1, 2, 5]
from numba.core.dispatcher import Dispatcher
assert isinstance(distinct, Dispatcher)
print(sum(distinct.stats.cache_hits.values()))
"""


def run(cache: Path, **more: str) -> str:
    env = {**os.environ, "NUMBA_CACHE_DIR": str(cache), **more}
    done = subprocess.run([sys.executable, "-c", CODE], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_second_process_finds_what_the_first_compiled(tmp_path: Path) -> None:
    assert run(tmp_path / "cache") == "0"
    assert run(tmp_path / "cache") == "1"


def test_without_a_folder_to_write_every_process_compiles(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    nowhere_else = {"NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator"}
    assert run(tmp_path / "file" / "cache", **nowhere_else) == "0"
    assert run(tmp_path / "file" / "cache", **nowhere_else) == "0"


BUILD = """
import json, sys
from pathlib import Path
import curate

folder = Path(sys.argv[1])
(folder / "recipe.yaml").write_text("system_prompt: null\\nsources: [{path: rows.jsonl}]\\n")
turns = ({"prompt": f"question {n}", "completion": f"answer {n}"} for n in range(int(sys.argv[2])))
(folder / "rows.jsonl").write_text("\\n".join(map(json.dumps, turns)))
said = []
curate.build(folder / "recipe.yaml", jobs=1, say=said.append)
print(sum("once on this machine" in line for line in said))
"""


def test_only_the_first_build_on_a_machine_says_that_it_compiles(tmp_path: Path) -> None:
    for workspace, rows, told in (("few", "99", "0"), ("first", "5000", "1"), ("second", "5000", "0")):
        (tmp_path / workspace).mkdir()
        env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
        command = [sys.executable, "-c", BUILD, str(tmp_path / workspace), rows]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        assert done.stdout.split()[-1] == told
