"""What the tiny base is pretrained on: dialogues, passages, and sequences that repeat themselves.

An adapter can only sharpen what its base can do. Answering needs the base to find in the question what the
answer must name, and a sequence of random tokens, twice over, teaches that copying soonest (induction, Olsson
et al. 2022). `talk` is text that a user brings: dialogues of a field, whose language the base then knows.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from schemas.errors import SourceError
from train.tiny.spelling import Speller
from train.tiny.text import Chat, chat, passage

_REPEATS, _PASSAGES = 0.25, 0.1  # shares of the documents; the others are dialogues
_TALK = 0.8  # of the dialogues, where there is talk
_SPELLED = 0.2  # of the dialogues and passages
_CONTROL_TOKENS = 8  # the first ids of the vocabulary, which text does not hold


def read_talk(path: Path) -> list[Chat]:
    """JSONL of `{"messages": [{"role": …, "content": …}, …]}`. Raises SourceError."""
    try:
        lines = path.read_bytes().splitlines()
        talk = [[_message(m) for m in orjson.loads(line)["messages"]] for line in lines if line.strip()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"{path}: no dialogues to pretrain on ({error})",
            'each line is {"messages": [{"role": "user", "content": "…"}, …]}',
        ) from None
    if not talk:
        raise SourceError(f"{path}: empty", "give a file with dialogues, or leave --talk away")
    return talk


def _message(fields: dict[str, Any]) -> dict[str, str]:
    return {"role": str(fields["role"]), "content": str(fields["content"])}


def plain_texts(rng: random.Random, talk: Sequence[Chat]) -> Iterator[str]:
    """Endless plain text for the tokenizer: passages, and the contents of dialogues."""
    for dialogue in _dialogues(rng, talk):
        yield passage(rng)
        yield "\n".join(message["content"] for message in dialogue)


def token_stream(tokenizer: Any, rng: random.Random, talk: Sequence[Chat]) -> Iterator[int]:
    """Endless token ids, document after document."""
    spell = Speller(tokenizer)
    dialogues = _dialogues(rng, talk)
    while True:
        kind = rng.random()
        if kind < _REPEATS:
            yield from _repeated(len(tokenizer), rng)
            yield tokenizer.eos_token_id
            continue
        if kind < _REPEATS + _PASSAGES:
            text = passage(rng) + tokenizer.eos_token
        else:
            text = tokenizer.apply_chat_template(next(dialogues), tokenize=False)
        ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
        yield from spell(ids, rng) if rng.random() < _SPELLED else ids


def _dialogues(rng: random.Random, talk: Sequence[Chat]) -> Iterator[Chat]:
    """Our own, and the user's in their order, over and over."""
    theirs = itertools.cycle(talk)
    while True:
        yield next(theirs) if talk and rng.random() < _TALK else chat(rng)


def _repeated(vocabulary: int, rng: random.Random) -> list[int]:
    tokens = [rng.randrange(_CONTROL_TOKENS, vocabulary) for _ in range(rng.randint(8, 40))]
    return tokens * rng.randint(2, 3)
