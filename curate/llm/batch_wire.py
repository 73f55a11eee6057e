"""The Batch API over the wire, through the `openai` client: files of requests in, files of answers out.

`/v1/files` and `/v1/batches` as OpenAI has them: a JSON line a request with our key as its `custom_id`, one
model a file, at most 50,000 lines and 200 MB, done within a day or expired. A row that did not finish is not
billed. Calls that change nothing are repeated with patience; making a batch is not, see `make`.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from curate.llm.cache import Endpoint
from curate.llm.request import Answer, Request, Usage
from curate.llm.traffic import Traffic, unreachable
from curate.llm.wire import Fault, connection_fault, fault_of, parameters, read_completion, status_fault
from schemas.errors import UsageError

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types import Batch

MAX_LINES = 50_000
MAX_BYTES = 190_000_000  # of 200 MB
_PATH: Literal["/v1/chat/completions"] = "/v1/chat/completions"
_TOKEN = "siftune"  # the metadata's name
_TRANSFER_TIMEOUT_S = 900.0
_LOOKED_THROUGH = 500  # batches, newest first
_NO_API = (404, 405, 501)
_T = TypeVar("_T")

Row = tuple[Answer, Usage | None] | Fault


class _Response(BaseModel):
    status_code: int
    body: Any = None


class _Line(BaseModel):
    custom_id: str
    response: _Response | None = None
    error: dict[str, Any] | None = None


class BatchWire:
    """One endpoint's batches."""

    def __init__(self, client: "AsyncOpenAI", endpoint: Endpoint, traffic: Traffic) -> None:
        self._client = client
        self._endpoint = endpoint
        self._traffic = traffic

    def line(self, key: str, request: Request) -> bytes:
        """A request as a line of the file."""
        body = parameters(self._endpoint, request)
        text = json.dumps(
            {"custom_id": key, "method": "POST", "url": _PATH, "body": body}, ensure_ascii=False
        )
        return f"{text}\n".encode()

    async def upload(self, lines: Iterable[bytes]) -> str:
        """The file's id. Raises UsageError where there is no such API."""
        file = ("requests.jsonl", b"".join(lines))
        made = await self._patiently(
            lambda: self._client.files.create(file=file, purpose="batch", timeout=_TRANSFER_TIMEOUT_S)
        )
        return made.id

    async def make(self, file_id: str, token: str) -> "Batch":
        """A batch of the file. Where the line broke, one may have been made all the same: then it is found by
        its token, and only else asked for again."""
        import openai

        for attempt in range(self._traffic.patience.attempts):
            if attempt:
                await self._traffic.back_off(attempt - 1)
                found = await self.find(token)
                if found is not None:
                    return found
            try:
                return await self._client.batches.create(
                    input_file_id=file_id,
                    endpoint=_PATH,
                    completion_window="24h",
                    metadata={_TOKEN: token},
                )
            except (openai.APIStatusError, openai.APIConnectionError) as error:
                fault = self._fault(error)
                if not fault.retry:
                    raise self._refused(fault) from None
        raise unreachable(self._endpoint.purpose, "no batch could be made", fault.words)

    async def find(self, token: str) -> "Batch | None":
        """The batch with this token, where one was made."""

        async def look() -> "Batch | None":
            seen = 0
            async for batch in self._client.batches.list(limit=100):
                if (batch.metadata or {}).get(_TOKEN) == token:
                    return batch
                seen += 1
                if seen == _LOOKED_THROUGH:
                    break
            return None

        return await self._patiently(look)

    async def state(self, batch_id: str) -> "Batch":
        return await self._patiently(lambda: self._client.batches.retrieve(batch_id))

    async def rows(self, batch: "Batch") -> Iterator[tuple[str, Row]]:
        """What the batch's files say, by key: of rows that did not end they say nothing, or an error."""
        texts = [
            await self._text(file_id) for file_id in (batch.output_file_id, batch.error_file_id) if file_id
        ]
        return (found for text in texts for found in self._parsed(text))

    async def remove(self, batch: "Batch") -> None:
        """The files go once their answers are kept here: what they hold is the user's."""
        import openai

        for file_id in (batch.input_file_id, batch.output_file_id, batch.error_file_id):
            if file_id:
                try:
                    await self._client.files.delete(file_id)
                except openai.OpenAIError:
                    continue  # they expire by themselves; the answers are safe

    async def _text(self, file_id: str) -> str:
        async def read() -> str:
            content = await self._client.files.content(file_id, timeout=_TRANSFER_TIMEOUT_S)
            return content.text

        return await self._patiently(read)

    def _parsed(self, text: str) -> Iterator[tuple[str, Row]]:
        for line in text.splitlines():
            try:
                found = _Line.model_validate_json(line)
            except ValidationError:
                continue  # its row stays without an answer, and is asked for again
            yield found.custom_id, self._row(found)

    def _row(self, line: _Line) -> Row:
        if line.response is None:
            error = line.error or {}
            return Fault(f"{error.get('code')}: {error.get('message')}", retry=True)
        if line.response.status_code != 200:
            body = line.response.body if isinstance(line.response.body, Mapping) else {}
            fault = fault_of(self._endpoint, line.response.status_code, body.get("error", body))
            if isinstance(fault, UsageError):
                raise fault
            return fault
        try:
            completion = json.dumps(line.response.body).encode()
            return read_completion(completion, self._client.api_key)
        except Fault as fault:
            return fault

    async def _patiently(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """A call that may be repeated. Raises UsageError where repeating does not help."""
        import openai

        for attempt in range(self._traffic.patience.attempts):
            if attempt:
                await self._traffic.back_off(attempt - 1)
            try:
                return await call()
            except (openai.APIStatusError, openai.APIConnectionError) as error:
                fault = self._fault(error)
                if not fault.retry:
                    raise self._refused(fault) from None
        raise unreachable(self._endpoint.purpose, "the Batch API has not answered", fault.words)

    def _fault(self, error: Any) -> Fault:
        """Raises UsageError for what no call would survive."""
        import openai

        if isinstance(error, openai.APIConnectionError):
            return connection_fault(error)
        if error.status_code in _NO_API:
            raise UsageError(
                f"{self._endpoint.purpose}: {self._endpoint.host} has no Batch API "
                f"(HTTP {error.status_code})",
                f"take `batch: true` out of {self._endpoint.purpose}",
            )
        found = status_fault(error, self._endpoint)
        if isinstance(found, UsageError):
            raise found
        return found

    def _refused(self, fault: Fault) -> UsageError:
        return UsageError(
            f"{self._endpoint.purpose}: {self._endpoint.host} does not take the batch: {fault.words}",
            f"take `batch: true` out of {self._endpoint.purpose} to ask row by row",
        )
