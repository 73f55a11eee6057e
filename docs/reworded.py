"""A workspace's copy with augmented examples, for the picture of them: asked of an endpoint on this machine.

The build is a real one, with its prompts, gates and cache; only the model is a list of other words for what
the sample's shop says, so that no key and no network is needed.
"""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from curate.building.build import build

sys.path.append(str(Path(__file__).parents[1] / "tests" / "kit"))
from llm_server import serving

_OTHER_WORDS = {
    "how much is": "what is the price of",
    "which is": "which one is",
    "good morning": "good day",
    "good afternoon": "hello",
    "hello": "good day",
    "hi": "hello",
    "hey": "hi",
    "may i": "am I allowed to",
    "can i": "is it possible to",
    "buy": "purchase",
    "warm": "cosy",
    "warmer": "cosier",
    "repair": "mend",
    "takes": "needs",
    "costs": "comes to",
    "cost": "come to",
    "send it back": "return it",
    "showed": "recommended",
    "walk": "hike",
    "summer": "warm season",
    "winter": "cold season",
    "nights": "evenings",
    "best": "finest",
    "months": "half of the year",
    "made of": "sewn from",
    "makes": "produces",
    "keeps": "holds",
    "shop": "store",
    "works": "does the job",
    "small": "tight",
    "please": "kindly",
    "thank you": "thanks a lot",
    "days": "days at most",
    "weeks": "weeks or so",
    "pays": "gives",
    "question": "query",
}
_WORDS = re.compile(rf"\b({'|'.join(sorted(_OTHER_WORDS, key=len, reverse=True))})\b", re.IGNORECASE)


@contextmanager
def reworded(recipe: Path, scratch: Path) -> Iterator[Path]:
    """The recipe of a copy in `scratch`, whose current version has some twenty children."""
    root = shutil.copytree(recipe.parent, scratch / "augmented", ignore=shutil.ignore_patterns("tiny-base"))
    with serving(_reply) as loopback:
        section = {**loopback.section(), "strategies": {"paraphrase": 2}, "max_share": 0.05}
        with (root / recipe.name).open("a", encoding="utf-8") as file:
            file.write(f"\naugment: {json.dumps(section)}\n")
        build(root / recipe.name, say=print)
        yield root / recipe.name


def _reply(body: dict[str, Any]) -> str:
    """The conversation that was asked about, in other words, as the built-in prompts want it."""
    payload = json.loads(body["messages"][1]["content"])
    fields = body["response_format"]["json_schema"]["schema"]["required"]
    return json.dumps(
        {
            field: [
                _in_other_words(turn["content"])
                for turn in payload["conversation"]
                if turn["role"] == field.removesuffix("_turns")
            ]
            for field in fields
        }
    )


def _in_other_words(text: str) -> str:
    return _WORDS.sub(lambda found: _as_written(found[0]), text)


def _as_written(words: str) -> str:
    """With a capital where the words had one."""
    other = _OTHER_WORDS[words.lower()]
    return other[0].upper() + other[1:] if words[0].isupper() else other
