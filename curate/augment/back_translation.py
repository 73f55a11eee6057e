"""The strategy `back_translation`: into another language and back, two requests a child.

What comes back keeps the meaning and loses the wording (Sennrich, Haddow and Birch 2016, "Improving neural
machine translation models with monolingual data", use the same round trip). The translator back never sees
the original.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from curate.augment.answers import Body, manner, read
from curate.augment.gates import Band
from curate.augment.literals import literals
from curate.augment.prompts import Prompt
from curate.augment.rewriting import child, obstacle
from curate.augment.strategy import Wanted, request, size_of
from curate.augment.tongue import NAMES, tongue
from curate.augment.turns import all_text, lists_schema, turns_of
from curate.augment.verdict import Further, Judgement, Refused
from curate.llm import Answer, Request
from curate.llm.quoting import clean
from schemas.errors import RecipeError
from schemas.example import Example, canonical_text
from schemas.recipe import Rewrites

_SCHEMA = lists_schema(["translations"])
_LONGER = 3  # times the bytes: Russian or Hindi for English


class _Translations(Body):
    translations: list[str]


class BackTranslation:
    """Sample i of a parent goes through language i of `languages`, then begins again."""

    name = "back_translation"
    invents = False
    beside = 0
    requests = 2

    def __init__(self, prompt: Prompt, children: int, languages: Sequence[str], rewrites: Rewrites) -> None:
        unknown = sorted(set(languages) - set(NAMES))
        if unknown:
            raise RecipeError(
                f"augment.strategies.back_translation: no language {', '.join(unknown)}",
                f"use ISO 639-1 codes: {', '.join(sorted(NAMES))}",
            )
        self.prompt = prompt.version
        self.children = children
        self._text = prompt.text
        self._languages = tuple(languages)
        self._rewrites = rewrites

    def obstacle(self, wanted: Wanted, _: Sequence[int] = ()) -> str | None:
        found = obstacle(wanted.parent, self._rewrites)
        if found is not None:
            return found
        home = _home(wanted.parent)
        if home is None or home not in NAMES:
            return "language_unknown"
        return "same_language" if home == self._through(wanted) else None

    def first(self, wanted: Wanted) -> Request:
        return self._translate(wanted, self._texts(wanted), self._through(wanted))

    def judge(self, wanted: Wanted, step: int, answer: Answer) -> Judgement:
        body = read(answer, _Translations)
        if isinstance(body, Refused):
            return body
        made = [canonical_text(text) for text in body.translations]
        texts = self._texts(wanted)
        if len(made) != len(texts):
            words = f"it has {len(made)} translations where there are {len(texts)} texts"
            return Refused("turns", words, len(made), len(texts))
        if step == 0:
            return self._there(wanted, texts, made)
        new = iter(made)
        turns = {name: [next(new) for _ in old] for name, old in self._turns(wanted).items()}
        return child(wanted.parent, self._rewrites, turns, Band(), same_language=True)

    def about(self, wanted: Wanted) -> Mapping[str, Any]:
        return {"through": self._through(wanted)}

    def _there(self, wanted: Wanted, texts: Sequence[str], made: Sequence[str]) -> Further | Refused:
        """The first half: in the language asked for, with all literals, and of about that length."""
        refused = manner(made, texts)
        if refused is not None:
            return refused
        if any(not m and t.strip() for t, m in zip(texts, made, strict=True)):
            return Refused("empty", "a translation is empty")
        through = self._through(wanted)
        found = tongue("\n".join(made))
        if found is not None and found == _home(wanted.parent):
            return Refused("language", f"it is not in {NAMES[through]}")
        lost = [x for t, m in zip(texts, made, strict=True) for x in sorted(literals(t)) if x not in m]
        if lost:
            return Refused("literal_lost", f"these must be copied exactly: {', '.join(lost[:5])}")
        if len("".join(made)) > _LONGER * len("".join(texts)) + 24:
            return Refused("length", "it is much longer than the original")
        return Further(self._translate(wanted, made, _home(wanted.parent) or through))

    def _translate(self, wanted: Wanted, texts: Sequence[str], language: str) -> Request:
        payload = {
            "language": NAMES[language],
            "variant": wanted.sample + 1,
            "texts": [clean(text) for text in texts],
        }
        size = _LONGER * size_of("".join(texts))
        return request(self._text, payload, _SCHEMA, size, wanted.sample)

    def _texts(self, wanted: Wanted) -> list[str]:
        return [text for texts in self._turns(wanted).values() for text in texts]

    def _turns(self, wanted: Wanted) -> dict[str, list[str]]:
        return turns_of(wanted.parent, self._rewrites)

    def _through(self, wanted: Wanted) -> str:
        return self._languages[wanted.sample % len(self._languages)]


def _home(parent: Example) -> str | None:
    """The language that the conversation is in, by all of its text: more is surer."""
    return tongue(all_text(turns_of(parent, "both")))
