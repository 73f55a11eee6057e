"""A build of ours loads no pandas, and a data frame can be had all the same."""

import os
import subprocess
import sys
from pathlib import Path

from desk import write_workspace

LOADED = "import sys; loaded = 'pandas' in sys.modules"
_BUILD = f"""
import sys
sys.argv = ["curate", "build"]
from curate.cli import group
group.main(standalone_mode=False)
{LOADED}
print(loaded)
"""
_FRAME = f"""
from curate import pandas_later
pandas_later.arrange()
import pyarrow as pa
table = pa.table({{"one": pa.array([1, 2]), "two": ["a", None]}})
{LOADED}
frame = table.to_pandas()
import pandas
again = pa.Table.from_pandas(frame).to_pylist() == table.to_pylist()
print(loaded, again, pa.array(pandas.Series(["b", None])).to_pylist())
"""


def said(code: str, folder: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return process.stdout.splitlines()[-1]


def test_a_build_loads_no_pandas(tmp_path: Path) -> None:
    assert said(_BUILD, write_workspace(tmp_path / "desk").parent) == "False"


def test_a_frame_can_be_made_and_taken_afterwards(tmp_path: Path) -> None:
    assert said(_FRAME, tmp_path) == "False True ['b', None]"
