"""What every test has: no deadline for hypothesis, one thread for tensors, no call home; a database."""

import os
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from postgres_server import Server

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the cores are taken by pytest's workers
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as of what a shell runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)
# One commit, one verdict; `make fuzz` looks further.
settings.register_profile("siftune", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("fuzz", deadline=None, print_blob=True, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "siftune"))


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither read nor write what the person who runs them has set up."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name)))
        for name in ("SIFTUNE_THEME", "SIFTUNE_JOURNAL"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator["Server"]:
    """A real PostgreSQL server; tests that need one are skipped where none is installed."""
    from postgres_server import binaries, running

    programs = binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    with running(programs) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: "Server") -> str:
    """The URL of an empty schema."""
    return postgres.create(f"s_{uuid4().hex}")
