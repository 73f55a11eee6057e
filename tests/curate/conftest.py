"""Fixtures of everything that asks an LLM."""

from collections.abc import Callable, Iterator

import pytest
from llm_server import Endpoint, serving
from parrot import example, good_content

from schemas.example import Example


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """A server that rewords what it is given, and an environment that points nowhere else."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(good_content) as endpoint:
        yield endpoint


@pytest.fixture
def make_example() -> Callable[..., Example]:
    return example
