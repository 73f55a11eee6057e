"""Whole or not at all, whatever the moment of the kill."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from curate import atomic

SLOW_FOLDER = """
import sys, time
from pathlib import Path
from curate import atomic
with atomic.folder(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    with atomic.folder(tmp_path / "v") as folder:
        (folder / "a").write_text("1")
        assert not (tmp_path / "v").exists()
    assert (tmp_path / "v" / "a").read_text() == "1"
    assert [p.name for p in tmp_path.iterdir()] == ["v"]


def test_a_block_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with atomic.folder(tmp_path / "v") as folder:
            (folder / "a").write_text("1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_threads_that_write_the_same_file_do_not_meet(tmp_path: Path) -> None:
    began = Barrier(2, timeout=60)

    def write(_: int) -> None:
        for _ in range(50):
            began.wait()
            atomic.write_unsynced(tmp_path / "same", b"x" * 4096)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(2)))
    assert (tmp_path / "same").read_bytes() == b"x" * 4096
    assert [p.name for p in tmp_path.iterdir()] == ["same"]


def test_what_a_killed_process_left_is_swept_by_the_next(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_FOLDER, str(tmp_path / "v")], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    with atomic.folder(tmp_path / "w"):
        leftovers = [p.name for p in tmp_path.iterdir() if str(process.pid) in p.name]
        assert leftovers, "a folder that a living process writes is left alone"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not (tmp_path / "v").exists()
    with atomic.folder(tmp_path / "x"):
        pass
    assert sorted(p.name for p in tmp_path.iterdir()) == ["w", "x"]


def test_what_another_machine_writes_is_left_alone_until_it_is_old(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in ("live", "left"):
        folder = tmp_path / f".tmp-{dead.pid}@elsewhere-1-{name}"
        folder.mkdir()
        (folder / "half").write_text("half")
    week_ago = time.time() - 8 * 86_400
    os.utime(folder, (week_ago, week_ago))
    atomic.sweep(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [f".tmp-{dead.pid}@elsewhere-1-live"]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    atomic.write_text(tmp_path / "deep" / "f", "old")
    atomic.write_text(tmp_path / "deep" / "f", "new")
    assert (tmp_path / "deep" / "f").read_text() == "new"
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["f"]
