"""A process that is killed, or told to stop, in the middle of its requests: no paid answer is asked again."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import asker


def command(endpoint: Any, folder: Path) -> list[str]:
    return [sys.executable, str(asker.__file__), endpoint.url, str(folder / "answers.db")]


def started(endpoint: Any, folder: Path, requests: int) -> subprocess.Popen[str]:
    """A process that has sent so many requests."""
    process = subprocess.Popen(
        command(endpoint, folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while endpoint.requests < requests:
        assert process.poll() is None
        time.sleep(0.005)
    return process


def counts(endpoint: Any, folder: Path) -> tuple[int, int]:
    """What a process that runs to its end asked, and what it had from before."""
    ended = subprocess.run(command(endpoint, folder), capture_output=True, text=True, check=True, timeout=60)
    requests, from_cache = map(int, ended.stdout.split())
    return requests, from_cache


def test_kill_9_loses_no_paid_answer(endpoint: Any, tmp_path: Path) -> None:
    endpoint.delay_s = 0.05
    killed = started(endpoint, tmp_path, 25)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    time.sleep(0.2)
    sent = endpoint.requests
    requests, from_cache = counts(endpoint, tmp_path)
    # Only the four that were on their way when the process died may be asked again.
    assert from_cache >= sent - 4
    assert requests == 60 - from_cache == endpoint.requests - sent
    assert counts(endpoint, tmp_path) == (0, 60)


def test_ctrl_c_keeps_the_answers_on_their_way(endpoint: Any, tmp_path: Path) -> None:
    endpoint.delay_s = 0.4
    stopped = started(endpoint, tmp_path, 10)
    stopped.send_signal(signal.SIGINT)
    assert stopped.stderr is not None
    while "waiting up to 30 s for" not in stopped.stderr.readline():
        assert stopped.poll() is None
    sent_then = endpoint.requests
    words = stopped.stderr.read()
    stopped.communicate(timeout=30)
    sent = endpoint.requests
    assert f"{sent:,} answers, $0." in words
    assert stopped.returncode == -signal.SIGINT
    # Of the four on their way some may not have arrived when it was told.
    assert 10 <= sent <= min(sent_then + 4, 59)
    endpoint.delay_s = 0
    assert counts(endpoint, tmp_path) == (60 - sent, sent)
    assert set(endpoint.paid.values()) == {1}


def test_ctrl_c_twice_leaves_at_once(endpoint: Any, tmp_path: Path) -> None:
    endpoint.mood = lambda n, _body: "stuck" if n >= 10 else "good"
    stopped = started(endpoint, tmp_path, 14)
    stopped.send_signal(signal.SIGINT)
    assert stopped.stderr is not None
    while "waiting up to 30 s for" not in stopped.stderr.readline():
        assert stopped.poll() is None
    start = time.monotonic()
    stopped.send_signal(signal.SIGINT)
    stopped.communicate(timeout=30)
    assert time.monotonic() - start < 15, "an answer that never comes was waited for"
    assert stopped.returncode != 0


def test_a_terminal_shows_cost_and_rate_live(endpoint: Any, tmp_path: Path) -> None:
    endpoint.delay_s = 0.05
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command(endpoint, tmp_path), stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
    os.close(ours)
    assert process.wait() == 0
    text = shown.decode()
    assert "/s  $0." in text
    assert " of $5.00" in text
    assert re.search(r"[1-3] on their way", text)
