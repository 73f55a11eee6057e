"""Generated conversations as JSON Lines: about 80 words from a Zipf vocabulary, a tenth of them copies or
near copies of the row before, one in twenty with an e-mail address and a phone number."""

import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path

WORDS, ASKED, VOCABULARY = 80, 25, 30_000
COPIES, EXACT, PERSONAL = 0.1, 0.5, 0.05

RECIPE = """\
name: bench
system_prompt: Be brief.
sources: [{path: raw/rows.jsonl}]
dedup: {threshold: 0.8}
pii: {action: redact}
quality: {min_words: 1}
split: {group_by: [customer]}
"""


def write(path: Path, rows: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_lines(rows, random.Random(1)))


def append(path: Path, already: int, rows: int) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(_lines(rows, random.Random(already)))


def _lines(rows: int, rng: random.Random) -> Iterator[str]:
    vocabulary = _vocabulary()
    weights = list(itertools.accumulate(1 / (rank + 10) for rank in range(len(vocabulary))))
    asked = answered = ""
    for row in range(rows):
        if row and rng.random() < COPIES:
            if rng.random() > EXACT:
                words = answered.split()
                words[rng.randrange(len(words))] = rng.choice(vocabulary)
                answered = " ".join(words)
        else:
            words = rng.choices(vocabulary, cum_weights=weights, k=WORDS)
            asked, answered = " ".join(words[:ASKED]) + "?", " ".join(words[ASKED:]) + "."
        said = answered
        if rng.random() < PERSONAL:
            said += f" Write to {rng.choice(vocabulary)}{row}@fable-shop.com"
            said += f" or call +44 20 7946 0{rng.randrange(100, 999)}."
        messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
        yield json.dumps({"messages": messages, "customer": f"c{row // 3}"}) + "\n"


def _vocabulary() -> list[str]:
    rng = random.Random(0)
    return [
        "".join(rng.choice("bcdfghklmnprstvw") + rng.choice("aeiou") for _ in range(rng.randint(1, 4)))
        for _ in range(VOCABULARY)
    ]
