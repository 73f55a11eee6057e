"""A real PostgreSQL server for tests: started from its binaries in a folder of its own, on loopback."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

_DEBIAN = Path("/usr/lib/postgresql")
_UNPRIVILEGED = "nobody"  # the server refuses to run as root


@dataclass(frozen=True)
class Server:
    """Its `folder` can be read by the user that it runs as; `port` is on 127.0.0.1."""

    binaries: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://siftune@127.0.0.1:{self.port}/postgres"

    def create(self, schema: str) -> str:
        """A new schema, in which tables are made by whoever connects with the URL returned."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}".encode())
        return f"{self.url}?options=-csearch_path%3D{schema}"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c shared_buffers=8MB"
        options += " -c recovery_init_sync_method=syncfs"
        self._control("start", "--wait", "--log", str(self.folder / "log"), "--options", options)

    def stop(self, mode: str = "fast") -> None:
        """`immediate` is as a crash: no checkpoint, and the next start recovers."""
        self._control("stop", "--wait", "--mode", mode)

    def _control(self, *arguments: str) -> None:
        _run(self.binaries / "pg_ctl", *arguments, "--pgdata", str(self.folder / "data"))


def binaries() -> Path | None:
    """The folder of the newest server's programs, or None where none is installed."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(_DEBIAN.glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    return next((path for path in found if (path / "postgres").exists()), None)


@contextmanager
def running(programs: Path) -> Iterator[Server]:
    """A server that everyone on this machine may use without a password, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="siftune-pg-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, pwd.getpwnam(_UNPRIVILEGED).pw_uid, -1)
        _run(
            programs / "initdb",
            *("--pgdata", str(folder / "data"), "--username", "siftune", "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"),
        )
        server = Server(programs, folder, _free_port())
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(program: Path, *arguments: str) -> None:
    user = _UNPRIVILEGED if os.geteuid() == 0 else None
    done = subprocess.run(
        [program, *arguments],
        user=user,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=60,
    )
    if done.returncode:
        raise RuntimeError(f"{program.name} failed: {done.stderr.decode()}")
