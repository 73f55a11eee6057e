"""What a process of ours frees it uses again: seen by the pages that the system has to give it."""

import subprocess
import sys

import pytest

FAULTS = """
import resource
from curate.allocator import holds_on

HOLD

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

piece = b"x" * (64 << 20)
del piece
before = faults()
for _ in range(4):
    piece = b"x" * (64 << 20)
    del piece
print(faults() - before)
"""


def faults(hold: str) -> int:
    code = FAULTS.replace("HOLD", hold)
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="an allocator of glibc")
def test_what_was_freed_is_used_again() -> None:
    assert faults("holds_on() or exit(1)") * 10 < faults("")
