"""Rows to augment, and a parrot that rewords them: what the tests of asking an LLM share."""

import json
import re
from typing import Any

from schemas.example import Example, Message, hash_messages


def reword(text: str, variant: int) -> str:
    """Other words for the same thing, as far as a parrot can: every second plain word turned round."""
    words = text.split(" ")
    return " ".join(
        word[::-1] if word.isalpha() and i % 2 == variant % 2 else word for i, word in enumerate(words)
    )


def good_content(body: dict[str, Any]) -> str:
    payload = json.loads(body["messages"][1]["content"])
    turns = [t["content"] for t in payload["conversation"] if t["role"] == "user"]
    return json.dumps({"user_turns": [reword(t, payload["variant"]) for t in turns]}, ensure_ascii=False)


_OPENINGS = ["where", "why", "when", "how", "what", "who", "which", "whether"]
_THINGS = re.findall(
    r"\w+",
    "jacket boots gloves parcel refund voucher invoice zipper tent rucksack sleeve button hem lining "
    "delivery courier exchange colour size warranty repair account password newsletter pickup locker",
)


def question(number: int) -> str:
    """A question that shares no run of five words with another number's."""
    words = [_THINGS[(number * step + step * step) % len(_THINGS)] for step in (1, 3, 7, 11, 5, 9)]
    tail = "".join(chr(97 + int(digit)) for digit in f"{number:05d}")
    return (
        f"{_OPENINGS[number % 8].title()} is the {words[0]} {words[1]} {tail} of order {10_000 + number} "
        f"with {words[2]} {tail[::-1]} and {words[3]} about {words[4]} {tail} {words[5]}"
    )


def example(number: int, split: str = "train", **fields: Any) -> Example:
    messages = fields.pop("messages", None) or (
        Message("user", question(number)),
        Message("assistant", f"Answer {number}: {question(number + 50_000)}"),
    )
    return Example(
        example_id=hash_messages(messages),
        messages=messages,
        source="shop.jsonl",
        line=number + 1,
        tags=("shop",),
        priority=2,
        group_id=f"g{number}",
        split=split,
        **fields,
    )
