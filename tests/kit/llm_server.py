"""A real OpenAI-compatible server on loopback that answers as well or as badly as it is told.

It keeps its own bill, in the tokens that it reports as usage, and remembers every request that it answered.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from curate.llm import Price, Settings

INPUT_USD, OUTPUT_USD = Decimal("3"), Decimal("15")


@dataclass
class Endpoint:
    """`mood(n, body)` names what happens to request number n, counting from 0: one of the `be_*` below, an
    HTTP status, or else the content of the answer. `good(body)` is the content of a good answer.

    A batch ends as `batch_fate` says after `batch_polls` looks at it; its rows have moods too, of which HTTP
    statuses, `expired` and contents mean something. `batch_fate` "none" is a server without batches, "lost"
    one whose first line breaks after it made a batch, "blamed" one that refuses a batch for its second line.
    """

    good: Callable[[dict[str, Any]], str]
    mood: Callable[[int, dict[str, Any]], str] = lambda _n, _body: "good"
    delay_s: float = 0.0
    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    arrived_at: list[float] = field(default_factory=list)
    batch_polls: int = 1
    batch_fate: str = "completed"
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    paid: Counter[str] = field(default_factory=Counter)
    bill_usd: Decimal = Decimal(0)
    lock: threading.Lock = field(default_factory=threading.Lock)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def requests(self) -> int:
        return len(self.bodies)

    def arrived(self, body: dict[str, Any]) -> str:
        """Its mood for a request that is here now."""
        self.bodies.append(body)
        self.arrived_at.append(time.monotonic())
        return self.mood(len(self.bodies) - 1, body)

    def book(
        self, body: dict[str, Any], usage: dict[str, int], *, arrives: bool = True, share: int = 1
    ) -> None:
        """On the bill, for the price over `share`."""
        million = Decimal(1_000_000) * share
        self.bill_usd += (
            usage["prompt_tokens"] * INPUT_USD + usage["completion_tokens"] * OUTPUT_USD
        ) / million
        if arrives:
            self.paid[json.dumps(body["messages"])] += 1

    def settings(self, **changes: Any) -> Settings:
        """Of a completer that asks here, at prices that the server's own bill is made with."""
        fields: dict[str, Any] = {
            "purpose": "augment",
            "model": "parrot-1",
            "base_url": self.url,
            "price": Price(INPUT_USD, OUTPUT_USD),
            "max_usd": Decimal(5),
        }
        return Settings(**(fields | changes))

    def section(self) -> dict[str, Any]:
        """The same as keys of a recipe."""
        return {
            "model": "parrot-1",
            "base_url": self.url,
            "usd_per_million_input": float(INPUT_USD),
            "usd_per_million_output": float(OUTPUT_USD),
        }


def completion(content: str | None, body: dict[str, Any], **message: Any) -> dict[str, Any]:
    sent = sum(len(m["content"].encode()) for m in body["messages"])
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": content, **message},
            }
        ],
        "usage": {"prompt_tokens": sent // 3, "completion_tokens": len((content or "").encode()) // 3},
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Server"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        Batches(self).get()

    def do_DELETE(self) -> None:
        Batches(self).delete()

    def do_POST(self) -> None:
        endpoint = self.server.endpoint
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith(("/v1/files", "/v1/batches")):
            Batches(self).post(raw)
            return
        body = json.loads(raw)
        with endpoint.lock:
            mood = endpoint.arrived(body)
            endpoint.headers.append({name.lower(): value for name, value in self.headers.items()})
        time.sleep(endpoint.delay_s)
        if self.path != "/v1/chat/completions":
            mood = "404"
        getattr(self, f"be_{mood}", self.be_status)(mood, body)

    def be_good(self, _mood: str, body: dict[str, Any]) -> None:
        self.serve(body, self.server.endpoint.good(body))

    def be_slow(self, _mood: str, body: dict[str, Any]) -> None:
        time.sleep(1.0)
        self.serve(body, self.server.endpoint.good(body))

    def be_stuck(self, _mood: str, _body: dict[str, Any]) -> None:
        """No answer comes."""
        self.server.endpoint.closing.wait()
        self.close_connection = True

    def be_refusal(self, _mood: str, body: dict[str, Any]) -> None:
        self.serve(body, None, refusal="I'm sorry, I can't help with that.")

    def be_no_usage(self, _mood: str, body: dict[str, Any]) -> None:
        answer = completion(self.server.endpoint.good(body), body)
        self.book(body, answer.pop("usage"))
        self.reply(200, json.dumps(answer))

    def be_echo_key(self, _mood: str, body: dict[str, Any]) -> None:
        self.serve(body, f"you sent {self.headers['Authorization']}")

    def be_cut(self, _mood: str, body: dict[str, Any]) -> None:
        """The answer is made and billed, and the line breaks in the middle of it."""
        answer = completion(self.server.endpoint.good(body), body)
        self.book(body, answer["usage"], arrives=False)
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text[: len(text) // 2])
        self.close_connection = True

    def be_html(self, _mood: str, _body: dict[str, Any]) -> None:
        self.reply(200, "<html>Sign in to the hotel's WiFi</html>", "text/html")

    def be_broken(self, _mood: str, _body: dict[str, Any]) -> None:
        self.reply(200, '{"choices": [{"message": {"content": "half of')

    def be_no_choices(self, _mood: str, body: dict[str, Any]) -> None:
        self.reply(200, json.dumps(completion("", body) | {"choices": []}))

    def be_quota(self, _mood: str, _body: dict[str, Any]) -> None:
        error = {"message": "You exceeded your current quota", "code": "insufficient_quota", "type": "x"}
        self.reply(429, json.dumps({"error": error}))

    def be_retry_after(self, _mood: str, _body: dict[str, Any]) -> None:
        self.reply(429, json.dumps({"error": {"message": "slow down"}}), retry_after="0.4")

    def be_tomorrow(self, _mood: str, _body: dict[str, Any]) -> None:
        self.reply(429, json.dumps({"error": {"message": "daily limit"}}), retry_after="3600")

    def be_status(self, mood: str, body: dict[str, Any]) -> None:
        if mood.isdigit():
            self.reply(int(mood), json.dumps({"error": {"message": f"that was a {mood}\x1b[2J"}}))
        else:
            self.serve(body, mood)

    def serve(self, body: dict[str, Any], content: str | None, **message: Any) -> None:
        answer = completion(content, body, **message)
        self.book(body, answer["usage"])
        self.reply(200, json.dumps(answer))

    def book(self, body: dict[str, Any], usage: dict[str, int], *, arrives: bool = True) -> None:
        with self.server.endpoint.lock:
            self.server.endpoint.book(body, usage, arrives=arrives)

    def reply(
        self, status: int, text: str, kind: str = "application/json", retry_after: str | None = None
    ) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(data)


class Batches:
    """`/v1/files` and `/v1/batches`, as far as OpenAI documents them."""

    def __init__(self, handler: _Handler) -> None:
        self.handler = handler
        self.endpoint = handler.server.endpoint

    def post(self, raw: bytes) -> None:
        if self.endpoint.batch_fate == "none":
            self.reply({"error": {"message": "Not Found"}}, 404)
        elif self.handler.path == "/v1/files":
            _, _, rest = raw.partition(b'name="file"')
            text = rest.partition(b"\r\n\r\n")[2].partition(b"\r\n--")[0].decode()
            self.reply({"id": self.keep(text), "object": "file"})
        else:
            self.make(json.loads(raw))

    def get(self) -> None:
        path = self.handler.path.partition("?")[0].split("/")[2:]
        if path[0] == "files":
            self.handler.reply(200, self.endpoint.files[path[1]], "application/jsonl")
        elif len(path) == 1:
            self.reply({"object": "list", "data": list(self.endpoint.batches.values()), "has_more": False})
        else:
            self.reply(self.seen(self.endpoint.batches[path[1]]))

    def delete(self) -> None:
        name = self.handler.path.rpartition("/")[2]
        self.endpoint.removed.append(name)
        self.reply({"id": name, "object": "file", "deleted": bool(self.endpoint.files.pop(name, None))})

    def make(self, asked: dict[str, Any]) -> None:
        with self.endpoint.lock:
            name = f"batch_{len(self.endpoint.batches)}"
            self.endpoint.batches[name] = {
                "id": name, "object": "batch", "created_at": 0, "status": "validating", "polls": 0, **asked,
            }  # fmt: skip
        if self.endpoint.batch_fate == "lost":
            self.endpoint.batch_fate = "completed"
            self.handler.close_connection = True
            self.handler.connection.close()
        else:
            self.reply(self.endpoint.batches[name])

    def seen(self, batch: dict[str, Any]) -> dict[str, Any]:
        """A batch as it stands at this look, which may be the one that ends it."""
        with self.endpoint.lock:
            batch["polls"] += 1
            if batch["status"] == "validating" and batch["polls"] > self.endpoint.batch_polls:
                self.end(batch)
        return batch

    def end(self, batch: dict[str, Any]) -> None:
        fate = self.endpoint.batch_fate
        if fate in ("failed", "blamed"):
            error = {"message": "bad line", "line": 2} if fate == "blamed" else {"message": "no credit"}
            self.endpoint.batch_fate = "completed" if fate == "blamed" else fate
            batch |= {"status": "failed", "errors": {"object": "list", "data": [error]}}
            return
        out, bad = [], []
        for line in self.endpoint.files[batch["input_file_id"]].splitlines():
            asked = json.loads(line)
            row, ended = self.row(asked["body"])
            (out if ended else bad).append(json.dumps({"id": "r", "custom_id": asked["custom_id"], **row}))
        batch |= {"status": fate, "output_file_id": self.keep("\n".join(reversed(out)))}
        if bad:
            batch["error_file_id"] = self.keep("\n".join(bad))

    def row(self, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        mood = self.endpoint.arrived(body)
        if mood == "expired":
            return {"response": None, "error": {"code": "batch_expired", "message": "too late"}}, False
        if mood.isdigit():
            answer = {"error": {"message": f"that was a {mood}"}}
            return {"response": {"status_code": int(mood), "body": answer}, "error": None}, False
        answer = completion(self.endpoint.good(body) if mood == "good" else mood, body)
        self.endpoint.book(body, answer["usage"], share=2)
        return {"response": {"status_code": 200, "body": answer}, "error": None}, True

    def keep(self, text: str) -> str:
        name = f"file_{len(self.endpoint.files) + len(self.endpoint.removed)}"
        self.endpoint.files[name] = text
        return name

    def reply(self, value: dict[str, Any], status: int = 200) -> None:
        self.handler.reply(status, json.dumps(value))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.endpoint = endpoint
        endpoint.url = f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, *_: object) -> None:
        """A client that was killed leaves broken pipes behind: that is what some tests are about."""


@contextmanager
def serving(good: Callable[[dict[str, Any]], str]) -> Iterator[Endpoint]:
    """A running server."""
    endpoint = Endpoint(good)
    server = _Server(endpoint)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
