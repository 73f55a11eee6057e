"""A program that asks 60 questions and says what it did: `asker.py URL CACHE [batch]`."""

import sys
from decimal import Decimal
from pathlib import Path

from parrot import request_of

from curate.llm import Price, Request, Settings, make_completer
from curate.llm.traffic import Patience
from schemas.example import Example, Message


def requests() -> list[Request]:
    parents = [
        Example(str(n), (Message("user", f"Where is order {n}?"), Message("assistant", "There.")), "s", n)
        for n in range(60)
    ]
    return [request_of(parent, 0) for parent in parents]


if __name__ == "__main__":
    settings = Settings(
        purpose="augment",
        model="parrot-1",
        base_url=sys.argv[1],
        concurrency=4,
        price=Price(Decimal(3), Decimal(15)),
        max_usd=Decimal(5),
        batch="batch" in sys.argv[3:],
    )
    patience = Patience(first_poll_s=0.02)
    cache = Path(sys.argv[2])
    complete = make_completer(settings, cache, lambda line: print(line, file=sys.stderr), patience)
    complete(requests())
    print(complete.requests, complete.from_cache)
