"""Of a model on the hub only what a plan needs is fetched: asked of a hub on loopback."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from curate.workspace import Workspace

COMMIT = "c" * 40
NAME = "owner/model"


def test_only_config_and_tokenizer_are_fetched(
    tmp_path: Path, small_base: Path, new_workspace: Callable[..., Workspace]
) -> None:
    workspace = new_workspace(tmp_path / "work", model=NAME)
    with hub(small_base) as (address, asked):
        done = subprocess.run(
            [sys.executable, "-m", "train", "plan", "--version", "tiny0001", "--json", "--show", "0"],
            cwd=workspace.root,
            text=True,
            capture_output=True,
            check=False,
            env={
                **os.environ,
                "PYTHONPATH": str(Path(__file__).parents[3]),
                "HF_ENDPOINT": address,
                "HF_HOME": str(tmp_path / "hub"),
                "HF_HUB_DISABLE_XET": "1",
                "HF_HUB_OFFLINE": "0",
            },
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["model"] == NAME
    fetched = {name for method, name in asked if method == "GET"}
    assert {"config.json", "tokenizer.json"} <= fetched
    assert not [name for name in fetched if name.endswith((".safetensors", ".bin"))]


@contextmanager
def hub(folder: Path) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The address of a hub with one model, and the files it was asked for so far: (method, name)."""
    asked: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            name = self.path.partition("?")[0].rpartition("/resolve/main/")[2]
            name = name.removeprefix(f"/{NAME}/resolve/{COMMIT}/")
            content = (folder / name).read_bytes() if (folder / name).is_file() else None
            asked.append((self.command, name))
            self.send_response(200 if content is not None else 404)
            self.send_header("X-Repo-Commit", COMMIT)
            if content is None:
                self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("ETag", f'"{name}"')
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            if body and content is not None:
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
