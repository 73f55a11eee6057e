"""An endpoint that judges."""

from collections.abc import Iterator

import pytest
from grader import good_verdict
from llm_server import Endpoint, serving


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """A server that gives scores, and an environment that points nowhere else."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(good_verdict) as endpoint:
        yield endpoint
