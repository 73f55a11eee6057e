"""A program that asks 60 questions and says what it did: `asker.py URL CACHE [CONCURRENCY]`."""

import sys
from decimal import Decimal
from pathlib import Path

from parrot import request_of

from curate.llm import Price, Settings, make_completer
from schemas.example import Example, Message

if __name__ == "__main__":
    parents = [
        Example(str(n), (Message("user", f"Where is order {n}?"), Message("assistant", "There.")), "s", n)
        for n in range(60)
    ]
    settings = Settings(
        purpose="augment",
        model="parrot-1",
        base_url=sys.argv[1],
        concurrency=4,
        price=Price(Decimal(3), Decimal(15)),
        max_usd=Decimal(5),
    )
    complete = make_completer(settings, Path(sys.argv[2]), lambda line: print(line, file=sys.stderr))
    complete([request_of(parent, 0) for parent in parents])
    print(complete.requests, complete.from_cache)
