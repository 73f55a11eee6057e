"""Asking an endpoint: throughput against the ideal and against a plain loop, and kills that cost nothing.

    python -m bench.augment [--requests 1600] [--concurrency 32] [--latency 0.2] [--rounds 3] [--kills 10]
    python -m bench.augment --build 20000 100000 [--beside TREE]

Throughput: an endpoint of constant latency in a process of its own; the ideal is `concurrency` answers a
latency. Siftune's completer (cache on disk, budget, back-off) and the plain way, `AsyncOpenAI` behind a
semaphore with nothing kept, take turns in one run, each after a warm-up.

Kills: a process that asks is killed by SIGKILL again and again until it is done. An answer that was on disk
when the process died must never be asked for again; what was on its way may be.

Builds: see `bench.augmented`.
"""

import argparse
import asyncio
import json
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import apsw

from bench.augmented import compare
from curate.llm import Answer, Price, Request, Settings, make_completer

SCHEMA = {
    "type": "object",
    "properties": {"user_turns": {"type": "array", "items": {"type": "string"}}},
    "required": ["user_turns"],
    "additionalProperties": False,
}


def requests_of(count: int, start: int = 0) -> list[Request]:
    """Different ones, of about 1,200 bytes."""
    filler = "where is the parcel that was to come yesterday and who has it now? " * 16
    return [
        Request((("system", "Say it otherwise."), ("user", f"{number}: {filler}")), SCHEMA, 400, 60)
        for number in range(start, start + count)
    ]


def settings_of(url: str, concurrency: int) -> Settings:
    price = Price(Decimal("0.15"), Decimal("0.60"))
    return Settings("bench", "constant", price, Decimal(100), url, 0.9, concurrency)


@contextmanager
def endpoint(latency_s: float) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.llm_endpoint", str(latency_s)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def by_siftune(url: str, concurrency: int, requests: list[Request], folder: Path) -> float:
    complete = make_completer(settings_of(url, concurrency), folder / f"{time.time_ns()}.db", lambda _: None)
    start = time.perf_counter()
    replies = complete(requests)
    seconds = time.perf_counter() - start
    complete.close()
    assert all(isinstance(reply, Answer) for reply in replies)
    return seconds


def by_loop(url: str, concurrency: int, requests: list[Request]) -> float:
    """As one would write it by hand."""
    from openai import AsyncOpenAI

    async def ask_all() -> None:
        turn = asyncio.Semaphore(concurrency)
        async with AsyncOpenAI(base_url=url, api_key="no-key", max_retries=0) as client:

            async def ask(request: Request) -> str | None:
                async with turn:
                    answer = await client.chat.completions.create(
                        model="constant",
                        messages=[{"role": "user", "content": request.messages[1][1]}],
                        max_tokens=request.max_tokens,
                    )
                    return answer.choices[0].message.content

            assert all(await asyncio.gather(*map(ask, requests)))

    start = time.perf_counter()
    asyncio.run(ask_all())
    return time.perf_counter() - start


def throughput(count: int, concurrency: int, latency_s: float, rounds: int) -> None:
    ideal = concurrency / latency_s
    rates: dict[str, list[float]] = {"siftune": [], "plain loop": []}
    with endpoint(latency_s) as url, tempfile.TemporaryDirectory() as folder:
        warm = requests_of(concurrency, start=10**9)
        by_siftune(url, concurrency, warm, Path(folder))
        by_loop(url, concurrency, warm)
        for _ in range(rounds):
            requests = requests_of(count)
            rates["siftune"].append(count / by_siftune(url, concurrency, requests, Path(folder)))
            rates["plain loop"].append(count / by_loop(url, concurrency, requests))
    print(
        f"{count:,} requests, concurrency {concurrency}, latency {latency_s * 1000:g} ms: ideal {ideal:.0f}/s"
    )
    for name, found in rates.items():
        middle = statistics.median(found)
        worst, best = min(found) / ideal, max(found) / ideal
        print(f"{name:<12} {middle:>7.1f}/s  {middle / ideal:>6.1%} of the ideal ({worst:.1%} to {best:.1%})")


def kills(count: int, concurrency: int, times: int) -> None:
    """Kills at random moments; then lets it end."""
    chance = random.Random(5)
    with endpoint(0.05) as url, tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "answers.db"
        command = [
            sys.executable,
            "-m",
            "bench.augment",
            "--ask",
            url,
            str(cache),
            str(count),
            str(concurrency),
        ]
        again, killed = 0, 0
        for _ in range(times):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            known, before = _kept(cache), len(_arrived(url))
            while process.poll() is None and len(_arrived(url)) < before + chance.randrange(20, 120):
                time.sleep(0.01)
            killed += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
            again += known - _expected(cache, known)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        arrived = Counter(_arrived(url))
        kept = _kept(cache)
        twice = sum(n - 1 for n in arrived.values())
        print(f"{killed} kills with {concurrency} on their way: {kept:,} of {count:,} answers kept")
        most = killed * concurrency
        print(f"asked again: {twice} that were on their way when the process died (at most {most})")
        assert again == 0
        assert kept == count
        assert twice <= most
        requests = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        print(f"a run more makes {requests} requests")


def _kept(cache: Path) -> int:
    if not cache.exists():
        return 0
    connection = apsw.Connection(str(cache), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        (count,) = connection.execute("SELECT count(*) FROM answers").fetchone() or (0,)
        return int(str(count))
    except apsw.SQLError:
        return 0
    finally:
        connection.close()


def _expected(cache: Path, known: int) -> int:
    """What was kept before is kept still."""
    return min(known, _kept(cache))


def _arrived(url: str) -> list[str]:
    with urllib.request.urlopen(url.replace("/v1", "/requests")) as answer:
        found: list[str] = json.load(answer)
    return found


def ask(url: str, cache: Path, count: int, concurrency: int) -> None:
    complete = make_completer(settings_of(url, concurrency), cache, lambda _: None)
    complete(requests_of(count))
    print(complete.requests)


def main() -> None:
    if sys.argv[1:2] == ["--ask"]:
        url, cache, count, concurrency = sys.argv[2:]
        ask(url, Path(cache), int(count), int(concurrency))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1600)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--build", type=int, nargs="+", metavar="ROWS")
    parser.add_argument("--beside", type=Path, metavar="TREE")
    options = parser.parse_args()
    if options.build:
        with endpoint(0) as url:
            for rows in options.build:
                compare(url, rows, options.beside)
        return
    throughput(options.requests, options.concurrency, options.latency, options.rounds)
    kills(1000, options.concurrency, options.kills)


if __name__ == "__main__":
    main()
