"""One request over the wire, through the `openai` client: an answer and its usage, or a fault that says
whether to try again.

The SDK's own retries are off: it repeats `insufficient_quota` and does not say how often it asked. Its
parsing is left out too: HTML with status 200 reaches a caller as a `str`, and a broken body as whatever the
JSON decoder raises. The body is validated here instead.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from curate.llm.cache import Endpoint
from curate.llm.request import Answer, Request, Usage
from schemas.errors import UsageError

if TYPE_CHECKING:
    from openai import APIConnectionError, APIStatusError, AsyncOpenAI

OPENAI_URL = "https://api.openai.com/v1"
KEY_VARIABLE = "OPENAI_API_KEY"

_RETRIED = {408, 409, 429}
# A gateway that gave up waiting says nothing about what the model behind it did and billed.
_MAYBE_BILLED = {408, 502, 504, 524}
_NEVER_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol"}
_SECRET_LENGTH = 16  # shorter keys are stand-ins such as "EMPTY", which an answer may well hold
_WORDS = 200


class Fault(Exception):
    """A request that brought no answer. `wait_s` is what the endpoint asked for; `maybe_billed` says that
    it may have been served and paid all the same."""

    def __init__(
        self, words: str, *, retry: bool, maybe_billed: bool = False, wait_s: float | None = None
    ) -> None:
        super().__init__(words)
        self.words = words
        self.retry = retry
        self.maybe_billed = maybe_billed
        self.wait_s = wait_s


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: Annotated[int, Field(ge=0)]
    completion_tokens: Annotated[int, Field(ge=0)]


class _Completion(BaseModel):
    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: _Usage | None = None


async def ask(client: "AsyncOpenAI", endpoint: Endpoint, request: Request) -> tuple[Answer, Usage | None]:
    """The answer, and its usage where the endpoint gives one. Raises Fault for this request alone,
    UsageError for what no request would survive: key, quota, model or address."""
    import openai

    create: Any = client.chat.completions.with_raw_response.create
    try:
        body = parameters(endpoint, request)
        # All of it as `extra_body`, which the SDK does not look through key by key for types to convert: that
        # is a quarter of a request's processor time, and there are none.
        raw = await create(model=endpoint.model, messages=[], extra_body=body)
    except openai.APIStatusError as error:
        raise status_fault(error, endpoint) from None
    except openai.APIConnectionError as error:
        raise connection_fault(error) from None
    return read_completion(raw.content, client.api_key)


def parameters(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """The body of a request."""
    # OpenAI's newer models refuse `max_tokens`, and many other servers know nothing else.
    limit = "max_completion_tokens" if endpoint.base_url == OPENAI_URL else "max_tokens"
    temperature = {} if endpoint.temperature is None else {"temperature": endpoint.temperature}
    return {
        "model": endpoint.model,
        "messages": [{"role": role, "content": content} for role, content in request.messages],
        **temperature,
        limit: request.max_tokens,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": dict(request.schema)},
        },
    }


def read_completion(body: bytes, api_key: str) -> tuple[Answer, Usage | None]:
    """A chat completion's answer and usage. Raises Fault for what is none."""
    text = body.decode("utf-8", "replace")
    if len(api_key) >= _SECRET_LENGTH:
        # A gateway that echoes request headers must not bring the key into the cache.
        text = text.replace(api_key, "<API_KEY>")
    try:
        completion = _Completion.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        words = f"status 200 without a chat completion ({where}: {first['type']})"
        raise Fault(words, retry=True, maybe_billed=True) from None
    choice = completion.choices[0]
    answer = Answer(choice.message.content or "", choice.message.refusal, choice.finish_reason)
    used = completion.usage
    return answer, Usage(used.prompt_tokens, used.completion_tokens) if used else None


def status_fault(error: "APIStatusError", endpoint: Endpoint) -> Fault | UsageError:
    """A status that is no success, with the wait that it asks for."""
    body = error.body if isinstance(error.body, dict) else {"message": error.message}
    return fault_of(endpoint, error.status_code, body, _retry_after(error.response.headers))


def fault_of(
    endpoint: Endpoint, status: int, error: Mapping[str, Any], wait_s: float | None = None
) -> Fault | UsageError:
    """`error` is the endpoint's own: message, code, type. UsageError for what no request would survive."""
    where = f"{endpoint.purpose}: {endpoint.host} (model {endpoint.model})"
    if status == 401:
        return UsageError(
            f"{where} does not accept the API key (HTTP 401)",
            f"export a valid key for it: {KEY_VARIABLE}=…; it is read from the environment only",
        )
    if "insufficient_quota" in (error.get("code"), error.get("type")):
        return UsageError(
            f"{where}: the account of {KEY_VARIABLE} has no quota left",
            "add credit and run again; or `max_usd: 0` builds with the answers already paid for",
        )
    if status in (403, 404):
        return UsageError(
            f"{where} answers HTTP {status}: {_words(error)}",
            "check `model` and `base_url` (it mostly ends in /v1), and what the key may use",
        )
    return Fault(
        f"HTTP {status}: {_words(error)}",
        retry=status in _RETRIED or status >= 500,
        maybe_billed=status in _MAYBE_BILLED,
        wait_s=wait_s,
    )


def connection_fault(error: "APIConnectionError") -> Fault:
    """A line that broke, or never was."""
    # By name, since the SDK moved from httpx to httpx2 and both have these classes.
    cause = type(error.__cause__).__name__
    return Fault(f"{error.message} ({cause})", retry=True, maybe_billed=cause not in _NEVER_SENT)


def _retry_after(headers: Any) -> float | None:
    """Seconds to wait: `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110, 10.2.3)."""
    for name, per_second in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name)
        try:
            seconds = float(value) / per_second if value else -1.0
        except ValueError:
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    try:
        date = parsedate_to_datetime(headers.get("retry-after") or "")
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _words(error: Mapping[str, Any]) -> str:
    """The endpoint's own words, printable and short."""
    text = str(error.get("message") or "no reason given")
    printable = "".join(c if c.isprintable() else " " for c in text)
    return printable if len(printable) <= _WORDS else printable[: _WORDS - 1] + "…"
