"""Presidio is imported without what it does not need here, and what is left out can be had afterwards."""

import subprocess
import sys

_SCRIPT = """
import sys
from pathlib import Path
from curate.pii.engine import make_scanner
from schemas.recipe import Pii

found = make_scanner(Pii(), Path()).scan("Write to ada@fable-shop.com").findings
assert [f.entity for f in found] == ["EMAIL_ADDRESS"], found
assert not {"torch", "transformers"} & set(sys.modules)
import torch
from transformers import pipeline
"""


def test_a_scanner_loads_neither_torch_nor_transformers_and_hides_neither() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
