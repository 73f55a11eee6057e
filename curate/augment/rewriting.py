"""Strategies that give a parent's own turns in other words: paraphrase, variation, a prompt of the user's
own.

By default the prompt alone is rewritten: an answer that was right for a question stays right for a paraphrase
of it, and the trained tokens stay those that people wrote. The whole conversation goes along as context, as a
quoted JSON payload: what stands inside is data, and no text in it can end the quotation.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, create_model

from curate.augment.answers import Body, read
from curate.augment.gates import Band, rewritten
from curate.augment.prompts import Prompt, Prompts
from curate.augment.strategy import LONGEST_TEXT, Wanted, conversation, request, size_of
from curate.augment.turns import Turns, all_text, messages_of, schema_of, shape_of, turns_of
from curate.augment.verdict import Judgement, Passed, Refused
from curate.llm import Answer, Request
from schemas.example import Example, canonical_text
from schemas.recipe import Rewrites, Style
from schemas.recipe import Strategy as Asked

# How a user writes, by what varies; the bands say what such a rewriting does to length and wording.
STYLES: Mapping[Style, tuple[tuple[str, Band], ...]] = {
    "tone": (
        ("friendly and grateful", Band(least=0.1, most=0.95)),
        ("impatient, annoyed by the matter, without insults", Band(least=0.1, most=0.95)),
        ("unsure, new to all this, asking carefully", Band(least=0.1, most=0.95)),
    ),
    "length": (
        ("as short as possible: a few words, as typed into a search box", Band(shortest=0.1, most=0.9)),
        ("long-winded, with the circumstances told at length but no new facts", Band(longest=4.0, most=0.9)),
    ),
    "typos": (
        (
            "typed in a hurry: some typing errors, missing letters and commas, all lower case",
            Band(least=0.4, most=0.98),
        ),
    ),
    "formality": (
        ("very formal and polite, as in a letter", Band(longest=3.0, most=0.95)),
        ("casual, as to a friend in a chat", Band(shortest=0.3, most=0.95)),
    ),
}


_WIDE = Band(0.1, 10.0, 0.0, 0.95)  # whatever a user's own prompt may want


class Rewriting:
    """Asks for the turns that `rewrites` names and puts them in the place of the parent's."""

    invents = False
    beside = 0
    requests = 1

    def __init__(
        self,
        name: str,
        prompt: Prompt,
        children: int,
        rewrites: Rewrites = "prompt",
        *,
        band: Band | None = None,
        same_language: bool = True,
    ) -> None:
        self.name = name
        self.prompt = prompt.version
        self.children = children
        self._text = prompt.text
        self._rewrites = rewrites
        self._band = band or Band()
        self._same_language = same_language

    def obstacle(self, wanted: Wanted, _: Sequence[int] = ()) -> str | None:
        return obstacle(wanted.parent, self._rewrites)

    def first(self, wanted: Wanted) -> Request:
        parent, sample = wanted.parent, wanted.sample
        payload = {
            **self.about(wanted),
            "variant": sample + 1,
            "conversation": conversation(parent.messages),
        }
        size = self._room(wanted, size_of(all_text(turns_of(parent, self._rewrites))))
        return request(self._text, payload, schema_of(self._rewrites), size, sample)

    def judge(self, wanted: Wanted, _: int, answer: Answer) -> Judgement:
        found = read_turns(answer, self._rewrites)
        if isinstance(found, Refused):
            return found
        return child(wanted.parent, self._rewrites, found, self._band_of(wanted), self._same_language)

    def about(self, _: Wanted) -> Mapping[str, Any]:
        return {}

    def _band_of(self, _: Wanted) -> Band:
        return self._band

    def _room(self, _: Wanted, size: int) -> int:
        return size


class Variation(Rewriting):
    """The user's turns in a style that the sample's number and the parent choose: each parent begins with
    another, so that one child a parent gives all of them."""

    def __init__(self, prompt: Prompt, children: int, styles: tuple[Style, ...]) -> None:
        super().__init__("variation", prompt, children)
        self._styles = [(kind, words, band) for kind in styles for words, band in STYLES[kind]]

    def about(self, wanted: Wanted) -> Mapping[str, Any]:
        kind, words, _ = self._style(wanted)
        return {"style": f"{kind}: {words}"}

    def _band_of(self, wanted: Wanted) -> Band:
        return self._style(wanted)[2]

    def _room(self, wanted: Wanted, size: int) -> int:
        return int(size * max(1.0, self._style(wanted)[2].longest / 2))

    def _style(self, wanted: Wanted) -> tuple[Style, str, Band]:
        start = int.from_bytes(hashlib.sha256(wanted.parent.example_id.encode()).digest()[:4], "big")
        return self._styles[(start + wanted.sample) % len(self._styles)]


def own(prompt: Prompt, prompts: Prompts, asked: Asked) -> Rewriting:
    """A prompt of the user's own: what it says, then what every prompt says of payload and answer."""
    rewrites = asked.rewrites
    frame = prompts["frame"].text.replace("{shape}", shape_of(rewrites))
    whole = Prompt(prompt.name, f"{prompt.text.rstrip()}\n\n{frame}", prompt.origin)
    return Rewriting(
        prompt.name, whole, asked.children, rewrites, band=_WIDE, same_language=asked.same_language
    )


def obstacle(parent: Example, rewrites: Rewrites) -> str | None:
    """Why a parent's turns cannot be rewritten."""
    turns = turns_of(parent, rewrites)
    if any(not "".join(texts).strip() for texts in turns.values()):
        return "no_answer" if "assistant_turns" in turns and parent.prompt.strip() else "no_user_turn"
    return "too_long" if len(all_text(turns)) > LONGEST_TEXT else None


def read_turns(answer: Answer, rewrites: Rewrites) -> Turns | Refused:
    """The lists of the answer, each text as identity is taken over."""
    body = read(answer, _BODIES[rewrites])
    if isinstance(body, Refused):
        return body
    return {name: [canonical_text(text) for text in texts] for name, texts in body}


def child(
    parent: Example, rewrites: Rewrites, new: Turns, band: Band, same_language: bool
) -> Passed | Refused:
    """The parent with new turns, where these pass the gates."""
    score = rewritten(turns_of(parent, rewrites), new, band, same_language=same_language)
    return score if isinstance(score, Refused) else Passed(messages_of(parent, new), score)


def _body(rewrites: Rewrites) -> type[Body]:
    fields: dict[str, Any] = {name: (list[str], Field()) for name in schema_of(rewrites)["required"]}
    return create_model(f"Body_{rewrites}", __base__=Body, **fields)


_BODIES: Mapping[Rewrites, type[Body]] = {r: _body(r) for r in ("prompt", "answer", "both")}
