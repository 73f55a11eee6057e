"""Rows to augment, and a parrot that rewords them: what the tests of asking an LLM share."""

import hashlib
import json
import re
from typing import Any

from curate.augment.prompts import Prompts
from curate.augment.rewriting import Rewriting
from curate.augment.strategy import Wanted
from curate.llm import Request
from schemas.example import Example, Message, hash_messages

_ENGLISH = re.findall(
    r"\w+",
    "about above after again along always another around because before being below between both could "
    "during each every first found great house large learn little might never number often other people "
    "place point right should small something sound still such their there these thing think those thought "
    "three through together under until water where which while world would write year young home hand",
)
_GERMAN = re.findall(
    r"\w+", "und nicht der die das ist ein eine auch noch schon sehr mit wird haben diese bitte"
)
LANGUAGES = {"German": _GERMAN}


def reword(text: str, variant: int) -> str:
    """Other words for the same thing, as far as a parrot can: every second plain word turned round."""
    words = text.split(" ")
    return " ".join(
        word[::-1] if word.isalpha() and i % 2 == variant % 2 else word for i, word in enumerate(words)
    )


def good_content(body: dict[str, Any]) -> str:
    """What a good model answers to any of the built-in prompts."""
    payload = json.loads(body["messages"][1]["content"])
    fields = body["response_format"]["json_schema"]["schema"]["required"]
    if "translations" in fields:
        return _json({"translations": [_translated(text, payload) for text in payload["texts"]]})
    if "assistant" in fields:
        seed = f"{payload['examples'][0][0]['content']}{payload['variant']}"
        made = [" ".join(_drawn(f"{seed}{side}{n}") for n in range(14)) for side in "qa"]
        return _json({"user": f"{made[0]}?", "assistant": f"{made[1]}."})
    order = _order(body["messages"][0]["content"])
    turns = {
        field: [
            reword(_rotated(t["content"], order), payload["variant"])
            for t in payload["conversation"]
            if t["role"] == field.removesuffix("_turns") and (field == "user_turns" or t["content"].strip())
        ]
        for field in fields
    }
    return _json(turns)


def _order(prompt: str) -> int:
    """Another order of the words for each prompt but the first, so that strategies differ."""
    return 0 if "what users say in recorded conversations, to make" in prompt else 3 + len(prompt) % 5


def _rotated(text: str, by: int) -> str:
    words = text.split(" ")
    return " ".join([*words[by:], *words[:by]])


def _translated(text: str, payload: dict[str, Any]) -> str:
    """There: each word turned round and one of the language's own behind it. Back: the same undone, and
    reworded."""
    own = LANGUAGES.get(payload["language"])
    if own:
        pairs = [(_turned(word), own[n % len(own)]) for n, word in enumerate(text.split(" "))]
        return " ".join(word for pair in pairs for word in pair)
    back = " ".join(_turned(word) for word in text.split(" ")[::2])
    return reword(_rotated(back, 2), payload["variant"])


def _turned(word: str) -> str:
    return word[::-1] if word.isalpha() else word


def _drawn(seed: str) -> str:
    return _ENGLISH[int(hashlib.sha256(seed.encode()).hexdigest(), 16) % len(_ENGLISH)]


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def request_of(parent: Example, sample: int) -> Request:
    """A paraphrase of the parent, asked for."""
    prompts = Prompts()
    return Rewriting("paraphrase", prompts["paraphrase"], 20).first(Wanted(parent, sample))


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
