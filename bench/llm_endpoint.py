"""An OpenAI-compatible endpoint of constant latency, for benchmarks: `python -m bench.llm_endpoint SECONDS`.

One process, one loop, nothing but the wait. Prints its address; `/requests` lists the bodies' hashes that
arrived, in order. It says the same to everyone; asked for a paraphrase, it rewords the user's turns as far as
that takes no thought: every second word of small letters turned round.
"""

import asyncio
import hashlib
import json
import sys
from typing import Any

SAME = '{"user_turns": ["as before"]}'


class Endpoint:
    def __init__(self, latency_s: float) -> None:
        self._latency_s = latency_s
        self._arrived: list[str] = []

    async def serve(self) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=1024)
        port = server.sockets[0].getsockname()[1]
        print(f"http://127.0.0.1:{port}/v1", flush=True)
        async with server:
            await server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                body = await reader.readexactly(_length(head))
                if head.startswith("GET"):
                    answer = json.dumps(self._arrived).encode()
                else:
                    self._arrived.append(hashlib.sha256(body).hexdigest())
                    await asyncio.sleep(self._latency_s)
                    answer = _completion(body)
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n%b" % (len(answer), answer)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away
        finally:
            writer.close()


def _completion(body: bytes) -> bytes:
    """The answer to a request."""
    message = {"role": "assistant", "content": _content(json.loads(body)["messages"][-1]["content"])}
    answer = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": "constant",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 300, "completion_tokens": 20},
    }
    return json.dumps(answer).encode()


def _content(asked: str) -> str:
    if not asked.startswith("{"):
        return SAME
    payload: dict[str, Any] = json.loads(asked)
    said = [turn["content"] for turn in payload["conversation"] if turn["role"] == "user"]
    return json.dumps({"user_turns": [_reworded(text, payload["variant"]) for text in said]})


def _reworded(text: str, variant: int) -> str:
    words = enumerate(text.split(" "))
    return " ".join(w[::-1] if n % 2 == variant % 2 and w.isalpha() and w.islower() else w for n, w in words)


def _length(head: str) -> int:
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0


if __name__ == "__main__":
    asyncio.run(Endpoint(float(sys.argv[1])).serve())
