"""`curate serve`: a key pressed in a browser is a decision in the journal; no token, no way in."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import browser
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from curate.journal import Journal

_CURATE = "from curate.cli import main; main()"


@pytest.fixture
def address(desk: Any) -> Iterator[str]:
    """Where a server of the desk is reached, token and all."""
    command = [
        sys.executable,
        "-c",
        _CURATE,
        "serve",
        "--recipe",
        str(desk.recipe),
        "--port",
        "0",
        "--as",
        "ada",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        first = server.stderr.readline()
        try:
            yield first.removeprefix("review in the browser: ").strip()
        finally:
            server.terminate()
            assert server.wait(20) == 0, server.stderr.read()


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "did not come about"
        time.sleep(0.05)


@pytest.mark.skipif(not browser.installed(), reason="no Chromium: apt-get install chromium chromium-driver")
def test_keys_pressed_in_two_pages_are_decisions_of_two_annotators(
    address: str, desk: Any, tmp_path: Path
) -> None:
    with browser.chromium(tmp_path / "profile") as driver:
        for page, keys in ((address, "a"), (f"{address}&as=bob%20%3B%20%24HOME", "x")):
            driver.switch_to.new_window("tab")
            driver.get(page)
            until(lambda: "-first-byte" in driver.find_element(By.TAG_NAME, "body").get_attribute("class"))
            ActionChains(driver).send_keys(keys).perform()
            until(lambda: len(decisions(desk)) == driver.window_handles.index(driver.current_window_handle))
        assert decisions(desk) == [("ada", "keep"), ("bob ; $HOME", "drop")]
        ActionChains(driver).send_keys("q").perform()
        until(lambda: "-closed" in driver.find_element(By.TAG_NAME, "body").get_attribute("class"))
        asked = driver.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
        assert asked
        assert all(url.startswith("http://127.0.0.1:") for url in asked), asked


def decisions(desk: Any) -> list[tuple[str, str]]:
    with Journal.open(desk.journal) as journal:
        return [(d.annotator, d.verdict) for d in journal.decisions()]


def test_nobody_gets_in_without_the_token(address: str) -> None:
    page = urlopen(address).read().decode()
    session = re.search(r'data-session-websocket-url="ws:([^"]*)"', page)
    assert session is not None
    found = f"http:{session[1]}"
    assert status(found) == 400  # asked as a page, not as a socket
    for wrong in (
        address.partition("?")[0],
        re.sub("token=.*", "token=", address),
        re.sub("token=.*", "token=guess", address),
        found.replace("/session/", "/session/x"),
        address.partition("?")[0] + "ws",
    ):
        assert status(wrong) == 403, wrong
    assert status(f"{address}&as=a%0Ab") == 400


def test_pages_are_guarded(address: str) -> None:
    with urlopen(address) as page:
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "://" not in re.sub(r"ws://127\.0\.0\.1", "", page.read().decode())


def status(url: str) -> int:
    try:
        with urlopen(Request(url)) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def test_a_port_in_use_and_a_recipe_without_a_version_are_said(
    address: str, desk: Any, tmp_path: Path
) -> None:
    port = re.search(r":(\d+)/", address)
    assert port is not None
    assert "another with --port" in refused("--recipe", str(desk.recipe), "--port", port[1])
    assert "no such recipe" in refused("--recipe", str(tmp_path / "none.yaml"))


def refused(*options: str) -> str:
    command = [sys.executable, "-c", _CURATE, "serve", *options]
    done = subprocess.run(
        command, capture_output=True, text=True, env=dict(os.environ), timeout=60, check=False
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
    return done.stderr
