"""Work on several cores at once, for code that runs without the interpreter's lock."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """`work` on every item, on as many threads as there are cores."""
    items = list(items)
    if len(items) < 2 or cores() < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(work, items))


def ahead(
    work: Callable[[Item], Result], items: Iterable[Item], most: int = 4, threads: int = 1
) -> Iterator[Result]:
    """`work` on every item in order, in threads of its own, up to `most` items before they are asked for."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def spans(size: int, most: int) -> list[tuple[int, int]]:
    """[0, size) in pieces of `most` at the most."""
    return [(start, min(start + most, size)) for start in range(0, size, most)]
