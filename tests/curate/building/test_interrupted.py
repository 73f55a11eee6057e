"""Ctrl-C at any moment of a build: two lines, an exit code, and the next one goes on."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from desk import chat

from curate.workspace import Workspace

TIMES = 5
BUILD = [sys.executable, "-m", "curate", "build", "--jobs", "2"]
RECIPE = """\
name: desk
system_prompt: null
split: {train: 0.8, validation: 0.1, test: 0.1}
sources: [{path: raw/*.jsonl}]
dedup: {threshold: 0.8}
pii: {action: redact}
quality: {min_words: 1}
"""


def test_ctrl_c_ends_a_build_and_its_workers_at_once(tmp_path: Path) -> None:
    recipe = _large_workspace(tmp_path / "desk")
    log = tmp_path / "log"
    started = time.perf_counter()
    subprocess.run(BUILD, cwd=recipe.parent, check=True, capture_output=True)
    undisturbed_s = time.perf_counter() - started
    moments = random.Random(5)
    interrupted = attempts = 0
    while interrupted < TIMES:
        attempts += 1
        assert attempts < 4 * TIMES, "no Ctrl-C comes in time: the moments are wrong"
        shutil.rmtree(recipe.parent / ".siftune")
        with log.open("w") as words:
            process = subprocess.Popen(
                BUILD,
                cwd=recipe.parent,
                stdout=subprocess.DEVNULL,
                stderr=words,
                start_new_session=True,
            )
        while not (recipe.parent / ".siftune").exists():
            time.sleep(0.01)
        try:
            process.wait(undisturbed_s * moments.uniform(0, 0.9))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        code = process.wait(60)
        assert code in (0, 130)
        assert "Traceback" not in log.read_text()
        if code == 130:
            interrupted += 1
            assert log.read_text().endswith(
                "error: interrupted\n  fix: run the same command again to go on\n"
            )
    subprocess.run(BUILD, cwd=recipe.parent, check=True, capture_output=True)
    workspace = Workspace.open(recipe)
    workspace.version().verify()
    assert not list(workspace.path.glob(".tmp-*"))


@pytest.mark.skipif(sys.platform != "linux", reason="open files are looked up in /proc")
def test_ctrl_c_waits_for_no_hash(tmp_path: Path) -> None:
    recipe = _large_workspace(tmp_path / "desk")
    endless = recipe.parent / "raw" / "rows.jsonl"
    os.truncate(endless, 2**40)  # a hole, which takes no place on the disk
    process = subprocess.Popen(BUILD, cwd=recipe.parent, stderr=subprocess.PIPE, start_new_session=True)
    while not _has_open(process.pid, endless):
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 130
    assert words == b"\nerror: interrupted\n  fix: run the same command again to go on\n"


def _has_open(process: int, file: Path) -> bool:
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed by now
            if descriptor.readlink() == file:
                return True
    return False


def _large_workspace(folder: Path) -> Path:
    """Rows enough for workers to start."""
    words = random.Random(3)
    vocabulary = [
        f"{a}{b}" for a in ("ba", "ce", "di", "fo", "gu", "la") for b in ("lan", "mer", "tos", "kin")
    ]
    (folder / "raw").mkdir(parents=True)
    lines = [
        chat(" ".join(words.choices(vocabulary, k=30)), " ".join(words.choices(vocabulary, k=60)))
        for _ in range(4500)
    ]
    (folder / "raw" / "rows.jsonl").write_text("\n".join(lines))
    path = folder / "recipe.yaml"
    path.write_text(RECIPE)
    return path
